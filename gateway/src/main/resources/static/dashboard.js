// What all pages share: the session's token, questions before what cannot be undone, messages,
// ages, and bringing a page up to date piece by piece.

export const csrf = document.querySelector('meta[name=csrf]')?.content ?? '';

export function toast(text, isBad = false) {
  const line = document.createElement('p');
  line.textContent = text;
  line.className = isBad ? 'bad' : 'good';
  document.getElementById('toasts').append(line);
  setTimeout(() => line.remove(), isBad ? 12000 : 4000);
}

export function announce(text) {
  document.getElementById('announce').textContent = text;
}

/// The words of a problem document.
export function problem(text, status) {
  try {
    const body = JSON.parse(text);
    if (body.detail) return (body.field ? `${body.field}: ` : '') + body.detail;
    if (body.error?.message) return body.error.message;
  } catch { /* no JSON */ }
  return `The answer was ${status}.`;
}

// ---- what the server last said of each piece
const said = new WeakMap();
for (const piece of document.querySelectorAll('[data-live]')) said.set(piece, piece.innerHTML);

/// Replaces the pieces that are new in `fresh`, and only these: a button that is being pressed and
/// a list that is being read stay where they are.
export function update(root, fresh) {
  for (const piece of fresh.querySelectorAll('[data-live]')) {
    const old = root.querySelector(`[data-live="${piece.dataset.live}"]`);
    if (!old || said.get(old) === piece.innerHTML) continue;
    const focus = old.contains(document.activeElement) ? document.activeElement.id : null;
    said.set(old, piece.innerHTML);
    old.innerHTML = piece.innerHTML;
    htmx.process(old);
    if (focus) document.getElementById(focus)?.focus();
  }
}

/// Remembers the pieces of what was added to the page.
export function adopt(root) {
  for (const piece of root.querySelectorAll('[data-live]')) said.set(piece, piece.innerHTML);
  htmx.process(root);
}

export function parse(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content;
}

// ---- htmx
document.addEventListener('htmx:configRequest', (event) => {
  event.detail.headers['X-CSRF-Token'] = csrf;
});

document.addEventListener('htmx:confirm', (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const dialog = document.getElementById('confirm');
  document.getElementById('question').textContent = event.detail.question;
  dialog.returnValue = 'no';
  dialog.onclose = () => dialog.returnValue === 'yes' && event.detail.issueRequest(true);
  dialog.showModal();
});
for (const button of document.querySelectorAll('#confirm button')) {
  button.addEventListener('click', () => document.getElementById('confirm').close(button.value));
}

document.addEventListener('htmx:responseError', (event) => {
  const { status, responseText } = event.detail.xhr;
  if (status === 401) location.assign('/login');
  else toast(problem(responseText, status), true);
});
document.addEventListener('htmx:sendError', () => toast('The gateway cannot be reached.', true));

document.addEventListener('htmx:afterRequest', (event) => {
  const { elt, successful, xhr } = event.detail;
  if (!successful) return;
  if (elt.dataset.done) toast(elt.dataset.done);
  if (elt.dataset.refresh) refresh(elt.dataset.refresh);
  if (elt.dataset.go === 'job') location.assign(`/jobs/${JSON.parse(xhr.responseText).id}`);
  else if (elt.dataset.go) location.assign(elt.dataset.go);
});

/// Reads a part of this page again.
export function refresh(part) {
  return htmx.ajax('GET', location.pathname + location.search, {
    target: part, select: part, swap: 'outerHTML',
  });
}

// ---- ages
function age(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}
setInterval(() => {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const text = age((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}, 5000);

// ---- fields of a form that belong to a choice
function choose(form) {
  for (const field of form.querySelectorAll('[data-when]')) {
    field.hidden = form.elements.from?.value !== field.dataset.when;
  }
}
document.addEventListener('change', (event) => {
  if (event.target.name === 'from') choose(event.target.form);
});
function chooseAll() {
  for (const form of document.querySelectorAll('form.fields')) choose(form);
}
document.addEventListener('htmx:afterSettle', chooseAll);
chooseAll();
document.addEventListener('htmx:afterSettle', () => {
  document.querySelector('[aria-invalid=true]')?.focus();
});
