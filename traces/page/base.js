'use strict';
// Every text comes from a target or a trace: it is put in as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent);
const parts = new Map([...document.querySelectorAll('[id]')].map((part) => [part.id, part]));  // before what is made of data, whose names may be ids too
const byId = (id) => parts.get(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  made.append(...children);
  return made;
}

