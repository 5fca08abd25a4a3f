//! What runs in the page while it is measured.

/// Notes when Enter is pressed and when the end of a listing or message is drawn; the promise gives the
/// milliseconds between.
pub(super) const WATCH_RETRIEVAL: &str = "
    const log = document.querySelector('[role=log]');
    window.bench = new Promise(done => {
        let began;
        addEventListener('keydown', event => {
            if (event.key === 'Enter') began = performance.now();
        }, { capture: true, once: true });
        new MutationObserver((_, observer) => {
            if (!log.querySelector('[data-part=terminator]')) return;
            observer.disconnect();
            done(performance.now() - began);
        }).observe(log, { childList: true, subtree: true, attributeFilter: ['data-part'] });
    });";

/// Opens a session as the page does, and gives its id and token.
pub(super) const OPEN_SESSION: &str = "
    return fetch('/api/sessions', { method: 'POST' }).then(answer => answer.json())";

/// With the messages (base64) of `hello`, `connect` and `lines` in an array: counts what comes until a message has
/// ended, and gives the milliseconds since it was asked for.
pub(super) const BARE_ONMESSAGE: &str = "
    const [hello, connect, ...lines] = MESSAGES.map(text => Uint8Array.from(atob(text), c => c.charCodeAt(0)));
    return new Promise((done, failed) => {
        const socket = new WebSocket(`ws://${location.host}/api/socket`, 'pop3-console');
        socket.binaryType = 'arraybuffer';
        socket.onclose = () => failed('closed');
        socket.onopen = () => { socket.send(hello); socket.send(connect); };
        let began, octets = 0;
        socket.onmessage = ({ data }) => {
            if (began === undefined) {
                const text = new TextDecoder('latin1').decode(data);
                if (!text.includes('Authorization')) return;
                began = performance.now();
                for (const line of lines) socket.send(line);
                return;
            }
            octets += data.byteLength;
            if (octets < LEAST) return;
            const tail = new Uint8Array(data, Math.max(0, data.byteLength - 200));
            // The termination octet's line as CBOR has it.
            if (!new TextDecoder('latin1').decode(tail).includes('\\x43.\\r\\n')) return;
            socket.onclose = null;
            socket.close();
            done(performance.now() - began);
        };
    });";

/// In a page with xterm.js: writes what a relay brings of a message to a terminal that keeps all lines, and gives
/// the milliseconds until all is parsed.
pub(super) const XTERM: &str = "
    return new Promise((done, failed) => {
        const terminal = new Terminal({ cols: 120, rows: 40, scrollback: LINES + 10 });
        terminal.open(document.body);
        const socket = new WebSocket('ws://RELAY/');
        socket.binaryType = 'arraybuffer';
        socket.onclose = () => failed('closed');
        let began, received = 0, parsed = 0, ended = false;
        socket.onmessage = ({ data }) => {
            if (began === undefined) {
                began = performance.now();
                socket.send(new TextEncoder().encode('RETR LINES\\r\\n'));
                return;
            }
            const octets = new Uint8Array(data);
            received += octets.length;
            ended ||= new TextDecoder().decode(octets.slice(-5)).endsWith('.\\r\\n') && received >= LEAST;
            terminal.write(octets, () => {
                parsed += octets.length;
                if (!ended || parsed < received) return;
                socket.onclose = null;
                socket.close();
                done(performance.now() - began);
            });
        };
    });";

/// Scrolls the transcript once a frame, for at most 12 seconds, and gives the milliseconds from frame to frame. `TO` is where to, from
/// `log` and the number of the `frame`.
pub(super) const SCROLL: &str = "
    const log = document.querySelector('[role=log]');
    return new Promise(done => {
        const times = [];
        let last, frame = 0;
        const began = performance.now();
        const step = now => {
            if (last !== undefined) times.push(now - last);
            last = now;
            if (frame++ === FRAMES || now - began > 12000) return done(times);
            log.scrollTop = TO;
            requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
    });";

/// Runs before anything else of a page: notes when there is a field to type into, whose text is kept, and when the
/// connect form does what it is for. A server that begins with `pops:` is entered again and again until the form
/// answers by choosing TLS.
pub(super) const WATCH_LOADING: &str = "
    window.bench = new Promise(done => {
        let typing, entered;
        const look = () => {
            const field = document.querySelector('input[aria-label=Server]');
            if (field && !field.disabled) typing ??= performance.now();
            const form = document.querySelector('form[aria-label=Connect]');
            const server = form?.querySelector('input[aria-label=Server]');
            const tls = form?.querySelector('input[aria-label=TLS]');
            if (tls?.checked) return done([typing, entered]);
            if (server && tls && !server.disabled && !server.closest('[inert]')) {
                entered = performance.now();
                server.value = 'pops://mail.company.com';
                server.dispatchEvent(new InputEvent('input', { bubbles: true }));
            }
            setTimeout(look, 4);
        };
        look();
    });";

/// When there was a field, and when the form took input, in milliseconds since the navigation began; the octets,
/// headers not counted, of what had come by then, and of what the page has fetched ahead two seconds later.
pub(super) const LOADED: &str = "
    return window.bench.then(([typing, interactive]) => new Promise(done => setTimeout(() => {
        let first = 0, ahead = 0;
        for (const type of ['navigation', 'resource']) {
            for (const { responseEnd, encodedBodySize } of performance.getEntriesByType(type)) {
                if (responseEnd <= interactive) first += encodedBodySize;
                else ahead += encodedBodySize;
            }
        }
        done([typing, interactive, first, ahead]);
    }, 2000)));";

/// Runs before anything else of a page: notes when the first rows of a transcript are drawn, and when the end of a
/// message is, in milliseconds since the navigation began.
pub(super) const WATCH_OPENING: &str = "
    window.bench = new Promise(done => {
        let first;
        const look = () => {
            const log = document.querySelector('[role=log]');
            if (log?.querySelector('[data-line]')) first ??= performance.now();
            if (log?.querySelector('[data-part=terminator]')) return done([first, performance.now()]);
            requestAnimationFrame(look);
        };
        look();
    });";

/// Both, once the end is there.
pub(super) const OPENED: &str = "return window.bench";

/// Runs before anything else of a page: keeps what modules of WebAssembly call their memory.
pub(super) const WATCH_MEMORY: &str = "
    window.benchMemories = new Set();
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const original = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
            const made = await original(...given);
            for (const value of Object.values((made.instance ?? made).exports)) {
                if (value instanceof WebAssembly.Memory) window.benchMemories.add(value);
            }
            return made;
        };
    }";

/// The octets of those memories.
pub(super) const MEMORY_SIZE: &str =
    "return [...window.benchMemories].reduce((octets, memory) => octets + memory.buffer.byteLength, 0)";
