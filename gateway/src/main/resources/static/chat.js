// The box that tries a model: the answer as it is generated.
import { csrf, problem } from './dashboard.js';

const model = document.getElementById('chat').dataset.model;
const turns = document.getElementById('turns');
const form = document.getElementById('ask');
const prompt = document.getElementById('prompt');
const send = document.getElementById('send');
const stop = document.getElementById('stop');
const pace = document.getElementById('pace');
let messages = [];
let running = null;

function turn(role, text) {
  const block = document.createElement('div');
  block.className = `turn ${role}`;
  block.textContent = text;
  turns.append(block);
  turns.scrollTop = turns.scrollHeight;
  return block;
}

/// The `data:` of each event of a stream.
async function* data(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) yield line.slice(5).trim();
    }
  }
}

async function ask(text) {
  messages.push({ role: 'user', content: text });
  turn('user', text);
  const answer = turn('assistant', '');
  running = new AbortController();
  send.disabled = true;
  stop.hidden = false;
  let said = '';
  try {
    said = await stream(answer);
  } catch (e) {
    said = answer.textContent;
    if (e.name === 'AbortError') pace.textContent += ' · stopped';
    else {
      answer.classList.add('bad');
      answer.textContent += (said ? '\n' : '') + e.message;
    }
  }
  if (said) messages.push({ role: 'assistant', content: said });
  else messages.pop();
  running = null;
  send.disabled = false;
  stop.hidden = true;
  prompt.focus();
}

async function stream(answer) {
  const began = performance.now();
  pace.textContent = 'waiting for the first token';
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    signal: running.signal,
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
    body: JSON.stringify({
      model, messages, stream: true, stream_options: { include_usage: true },
      max_tokens: Number(document.getElementById('most').value),
      temperature: Number(document.getElementById('temperature').value),
    }),
  });
  if (!response.ok) throw new Error(problem(await response.text(), response.status));
  let tokens = 0;
  let first = 0;
  for await (const piece of data(response.body)) {
    if (piece === '[DONE]') break;
    const chunk = JSON.parse(piece);
    if (chunk.error) throw new Error(chunk.error.message);
    const text = chunk.choices?.[0]?.delta?.content ?? '';
    if (text) {
      first ||= performance.now();
      tokens += 1;
      const atEnd = turns.scrollTop + turns.clientHeight >= turns.scrollHeight - 8;
      answer.append(text);
      if (atEnd) turns.scrollTop = turns.scrollHeight;
    }
    if (chunk.usage) tokens = chunk.usage.completion_tokens;
    tell(tokens, began, first);
  }
  return answer.textContent;
}

function tell(tokens, began, first) {
  if (!first) return;
  const seconds = (performance.now() - first) / 1000;
  const speed = tokens > 1 && seconds > 0 ? ` · ${((tokens - 1) / seconds).toFixed(1)} tokens/s` : '';
  pace.textContent = `first token after ${((first - began) / 1000).toFixed(2)} s · ${tokens} tokens${speed}`;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = prompt.value.trim();
  if (!text || running) return;
  prompt.value = '';
  ask(text);
});
prompt.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
stop.addEventListener('click', () => running?.abort());
document.getElementById('clear').addEventListener('click', () => {
  running?.abort();
  messages = [];
  turns.replaceChildren();
  pace.textContent = '';
});
