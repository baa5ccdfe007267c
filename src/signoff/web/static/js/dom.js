// Three words for finding and following elements.
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
