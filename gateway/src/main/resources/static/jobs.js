// Keeps the list of jobs up to date.
import { adopt, announce, parse, update } from './dashboard.js';

const table = document.getElementById('jobs');
const live = document.getElementById('live');
const filter = new URLSearchParams(location.search).get('state') ?? '';
const isFirst = !new URLSearchParams(location.search).has('cursor');

function connect() {
  const stream = new EventSource(`/live/jobs?state=${encodeURIComponent(filter)}`);
  let wasOpen = false;
  stream.onopen = () => {
    if (wasOpen) location.reload(); // something may have been missed meanwhile
    wasOpen = true;
    live.textContent = 'live';
    live.classList.add('on');
  };
  stream.onerror = () => {
    live.textContent = 'connecting again';
    live.classList.remove('on');
  };
  stream.addEventListener('counts', (event) => update(document, parse(event.data)));
  stream.addEventListener('missed', () => location.reload());
  stream.addEventListener('gone', (event) => document.getElementById(`job-${event.data}`)?.remove());
  stream.addEventListener('row', (event) => show(parse(event.data).querySelector('tr')));
}

function show(row) {
  const old = document.getElementById(row.id);
  if (old) {
    if (old.dataset.state !== row.dataset.state) {
      announce(`${row.dataset.name}: ${row.dataset.state}`);
      old.dataset.state = row.dataset.state;
    }
    update(old, row);
  } else if (isFirst && !table) {
    location.reload(); // the first job of an empty list
  } else if (isFirst) {
    table.tBodies[0].prepend(row);
    adopt(row);
    announce(`${row.dataset.name}: ${row.dataset.state}`);
  }
}

connect();
