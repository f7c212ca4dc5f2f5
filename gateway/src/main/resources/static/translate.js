// The translate page: every sentence comes to its place as soon as it is translated.
import { announce, csrf, problem, toast } from './dashboard.js';

const form = document.getElementById('translate');
const model = document.getElementById('model');
const from = document.getElementById('from');
const to = document.getElementById('to');
const beams = document.getElementById('beams');
const text = document.getElementById('text');
const result = document.getElementById('result');
const error = document.getElementById('error');
const pace = document.getElementById('pace');
const send = document.getElementById('send');
const stop = document.getElementById('stop');
const copy = document.getElementById('copy');
let running = null;

// ---- languages
const FIRST = { from: ['eng_Latn', 'en'], to: ['fra_Latn', 'fr'] };

let known = false; // the languages of the chosen model

async function languages() {
  const chosen = model.value;
  const before = { from: from.value, to: to.value };
  known = false;
  ready();
  error.textContent = '';
  try {
    const response = await fetch(`/api/v1/models/${encodeURIComponent(chosen)}/languages`);
    if (!response.ok) throw new Error(problem(await response.text(), response.status));
    const all = (await response.json()).items.sort((a, b) => a.name.localeCompare(b.name, 'en'));
    if (model.value !== chosen) return; // another one was chosen while these came
    fill(from, all, [before.from, ...FIRST.from], 0);
    fill(to, all, [before.to, ...FIRST.to], 1);
    known = true;
    ready();
  } catch (e) {
    if (model.value === chosen) error.textContent = e.message;
  }
}

function ready() {
  send.disabled = !known || running !== null;
}

/// @param wanted the codes of which the first that is there is chosen
function fill(select, all, wanted, otherwise) {
  const name = (one) => (one.name === one.code ? one.code : `${one.name} (${one.code})`);
  select.replaceChildren(...all.map((one) => new Option(name(one), one.code)));
  const there = wanted.find((code) => all.some((one) => one.code === code));
  select.value = there ?? all[Math.min(otherwise, all.length - 1)]?.code ?? '';
}

model.addEventListener('change', languages);
document.getElementById('swap').addEventListener('click', () => {
  [from.value, to.value] = [to.value, from.value];
});

// ---- events of a stream
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let type = 'message';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('event:')) type = line.slice(6).trim();
      else if (line.startsWith('data:')) yield { type, data: JSON.parse(line.slice(5)) };
      else if (line === '') type = 'message';
    }
  }
}

// ---- one translation
async function translate() {
  running = new AbortController();
  ready();
  stop.hidden = false;
  copy.hidden = true;
  error.textContent = '';
  pace.textContent = 'waiting for the first sentence';
  const lines = text.value.split('\n');
  const places = lines.map(() => document.createElement('p'));
  result.replaceChildren(...places);
  result.setAttribute('aria-busy', 'true');
  try {
    await stream(lines, places);
    copy.hidden = false;
  } catch (e) {
    if (e.name === 'AbortError') pace.textContent += ' · stopped';
    else {
      error.textContent = e.message;
      pace.textContent = '';
    }
  }
  result.removeAttribute('aria-busy');
  running = null;
  ready();
  stop.hidden = true;
}

async function stream(lines, places) {
  const began = performance.now();
  const response = await fetch('/api/v1/translate', {
    method: 'POST',
    signal: running.signal,
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
    body: JSON.stringify({
      model: model.value, texts: lines, source_lang: from.value, target_lang: to.value,
      beams: beams.value === '' ? null : Number(beams.value), stream: true,
    }),
  });
  if (!response.ok) throw new Error(problem(await response.text(), response.status));
  let sentences = 0;
  let first = 0;
  for await (const { type, data } of events(response.body)) {
    if (type === 'sentence') {
      first ||= performance.now();
      sentences += 1;
      place(places[data.text], data);
      pace.textContent = `first after ${seconds(first - began)} · ${count(sentences, 'sentence')}`;
    } else if (type === 'done') {
      finish(data, places);
      const tokens = data.translations.reduce((sum, one) => sum + one.target_tokens, 0);
      const start = first ? `first after ${seconds(first - began)} · ` : '';
      pace.textContent = `${start}${count(sentences, 'sentence')}, ${count(tokens, 'token')} in ${seconds(performance.now() - began)}`;
      announce('The translation is there.');
      return;
    } else {
      throw new Error(data.detail ?? data.error?.message ?? 'The translation broke off.');
    }
  }
  throw new Error('The translation broke off.');
}

function place(line, { sentence, sentences, translation, finish: why }) {
  if (line.children.length === 0) {
    for (let i = 0; i < sentences; i += 1) {
      const gap = document.createElement('span');
      gap.className = 'awaited';
      line.append(gap, ' ');
    }
  }
  const span = line.children[sentence];
  span.className = why === 'length' ? 'cut' : '';
  span.textContent = translation;
}

/// The texts as the service put them together, which knows what stands between two sentences.
function finish(done, places) {
  done.translations.forEach((one, i) => {
    places[i].textContent = one.translation;
    if (one.finish === 'length') {
      places[i].append(Object.assign(document.createElement('small'), { textContent: ' (cut: too long)' }));
    }
  });
}

function seconds(millis) {
  return `${(millis / 1000).toFixed(millis < 10000 ? 2 : 1)} s`;
}

function count(number, what) {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (text.value.trim() && known && !running) translate();
});
text.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
stop.addEventListener('click', () => running?.abort());
copy.addEventListener('click', async () => {
  await navigator.clipboard.writeText([...result.children].map((line) => line.textContent).join('\n'));
  toast('Copied.');
});
languages();
