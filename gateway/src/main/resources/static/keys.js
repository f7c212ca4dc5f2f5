// Makes a key and shows it, once.
import { csrf, problem, refresh, toast } from './dashboard.js';

const form = document.getElementById('make');
const made = document.getElementById('made');
const secret = document.getElementById('secret');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  for (const error of form.querySelectorAll('.error')) error.textContent = '';
  const fields = new FormData(form);
  const days = fields.get('expires_in_days');
  const response = await fetch('/api/v1/keys', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
    body: JSON.stringify({
      name: fields.get('name'),
      scopes: fields.getAll('scopes'),
      ...(days ? { expires_in_days: Number(days) } : {}),
    }),
  });
  const text = await response.text();
  if (!response.ok) return wrong(text, response.status);
  secret.textContent = JSON.parse(text).key;
  made.hidden = false;
  form.reset();
  refresh('#keys');
});

function wrong(text, status) {
  let field = null;
  try {
    field = JSON.parse(text).field;
  } catch { /* no JSON */ }
  const place = field && document.getElementById(`${field}-error`);
  if (!place) return toast(problem(text, status), true);
  place.textContent = JSON.parse(text).detail;
  form.elements[field]?.focus?.();
}

document.getElementById('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(secret.textContent);
  toast('Copied');
});
