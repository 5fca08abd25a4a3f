// Starts the module whose name, which changes with its content, the page's script element gives.
// The console may stand below a path, which the bridge writes into the page.
const { base = "" } = document.body.dataset;
const { module, wasm, ...parts } = document.querySelector("script[data-module]").dataset;
// A page that is a part of its own is asked for along with the first one.
for (const href of parts[document.body.dataset.page]?.split(" ") ?? []) {
  const part = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: base + href };
  document.head.append(Object.assign(document.createElement("link"), part));
}
const { default: start } = await import(base + module);
await start({ module_or_path: base + wasm });
