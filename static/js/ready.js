// Calls back once the document is there.

export function ready(callback) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", callback, { once: true });
  else callback();
}

// Calls back for each of these once it is there whole: before it is painted, so that nothing moves.
export function asItComes(selector, callback) {
  const seen = new WeakSet();
  const look = () => {
    for (const found of document.querySelectorAll(selector)) {
      let last = found;
      while (last && !last.nextSibling) last = last.parentNode;
      if (seen.has(found) || (!last && document.readyState === "loading")) continue;
      seen.add(found);
      callback(found);
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true });
  ready(() => {
    look();
    watch.disconnect();
  });
}
