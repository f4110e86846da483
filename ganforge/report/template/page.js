"use strict";
// What all pages share.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
document.documentElement.classList.add("js");
for (const element of all("[data-needs-script]")) element.hidden = false;
