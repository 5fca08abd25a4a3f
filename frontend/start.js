// Starts the module whose name, which changes with its content, the page's script element gives.
const { module, wasm } = document.querySelector("script[data-module]").dataset;
const { default: start } = await import(module);
await start({ module_or_path: wasm });
