// What must hold before Sveltia is read: functions that Chrome has only since 119 and 140, and the language.

Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
};

if (!Uint8Array.prototype.toBase64) {
  Object.defineProperty(Uint8Array.prototype, 'toBase64', { configurable: true, writable: true, value() {
    let text = '';
    for (let at = 0; at < this.length; at += 0x8000) text += String.fromCharCode(...this.subarray(at, at + 0x8000));
    return btoa(text);
  } });
}
if (!Uint8Array.fromBase64) {
  Object.defineProperty(Uint8Array, 'fromBase64', { configurable: true, writable: true, value(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } });
}

// Sveltia speaks the browser's language. Here it is Vietnamese, on an English Windows too.
for (const [name, value] of [['language', 'vi-VN'], ['languages', Object.freeze(['vi-VN', 'vi'])]]) {
  Object.defineProperty(navigator, name, { configurable: true, get: () => value });
}
try {
  const key = 'sveltia-cms.prefs';
  const kept = JSON.parse(localStorage.getItem(key) ?? '{}') ?? {};
  // Escape does not throw a half-written record off the screen; texts keep the size people set.
  localStorage.setItem(key, JSON.stringify({ closeWithEscape: false, ...kept, locale: 'vi' }));
} catch {
  // A browser that stores nothing signs nobody in either; Sveltia says so.
}
