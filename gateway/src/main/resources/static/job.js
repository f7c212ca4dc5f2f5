// Keeps the page of one job up to date: its events say when to read the news.
import { announce, parse, update } from './dashboard.js';

const page = document.getElementById('job');
const live = document.getElementById('live');
const PAUSE = 300; // milliseconds between two readings
let events = Number(page.dataset.events);
let logs = Number(page.dataset.logs);
let reading = false;
let again = false;
let told = '';

for (const list of page.querySelectorAll('.tail')) list.scrollTop = list.scrollHeight;

async function news() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  do {
    again = false;
    try {
      const answer = await fetch(`/live/jobs/${page.dataset.id}?events=${events}&logs=${logs}`);
      if (answer.status === 401) return location.assign('/login');
      if (answer.ok) show(parse(await answer.text()));
    } catch { /* the stream says when the gateway is back */ }
    await new Promise((done) => setTimeout(done, PAUSE));
  } while (again);
  reading = false;
}

function show(fresh) {
  for (const added of fresh.querySelectorAll('[data-append]')) {
    const list = page.querySelector(`[data-append="${added.dataset.append}"]`);
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    list.append(...added.children);
    if (atEnd) list.scrollTop = list.scrollHeight;
    if (added.dataset.append === 'events') events = Number(added.dataset.last);
    else logs = Number(added.dataset.last);
  }
  update(page, fresh);
  tell();
}

/// Says aloud what state and step the job is in, and every tenth of its way.
function tell() {
  const state = page.querySelector('[data-live=state]').textContent.trim();
  const bar = page.querySelector('[data-live=progress] progress');
  const tenth = bar?.position >= 0 ? `, ${Math.floor(bar.position * 10) * 10} %` : '';
  if (told !== state + tenth) {
    told = state + tenth;
    announce(told);
  }
}

if (page.dataset.over !== 'true') {
  const stream = new EventSource(`/api/v1/jobs/${page.dataset.id}/events?after=${events}`);
  stream.onopen = () => {
    live.textContent = 'live';
    live.classList.add('on');
  };
  stream.onmessage = (event) => {
    news();
    if (['succeeded', 'failed', 'cancelled'].includes(JSON.parse(event.data).type)) {
      stream.close();
      live.textContent = '';
      live.classList.remove('on');
    }
  };
  stream.onerror = () => {
    live.textContent = stream.readyState === EventSource.CLOSED ? '' : 'connecting again';
    live.classList.remove('on');
  };
}
