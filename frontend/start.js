// Starts the module whose name, which changes with its content, the page's script element gives.
const { module, wasm, session } = document.querySelector("script[data-module]").dataset;
if (document.body.dataset.page === "session") {
  // The page of a session is a part of its own: it is asked for along with the first one.
  for (const href of session.split(" ")) {
    const part = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href };
    document.head.append(Object.assign(document.createElement("link"), part));
  }
}
const { default: start } = await import(module);
await start({ module_or_path: wasm });
