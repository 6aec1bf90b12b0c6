// The start page of `arviz serve`: upload, convert, show; and the table of requests made of openapi.json.
import '/web/ar-view.js';

const at = (id) => document.getElementById(id);
const given = new URLSearchParams(location.hash.slice(1)).get('key'); // what stands behind # is not sent to anybody
if (given) { at('key').value = given; history.replaceState(null, '', location.pathname); }

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { Authorization: `Bearer ${at('key').value.trim()}`, ...options.headers } });
  const told = await answer.json();
  if (!answer.ok) throw told;
  return told;
}

async function convert(file) {
  const source = await ask(`/v1/sources?name=${encodeURIComponent(file.name)}`, { method: 'PUT', body: file });
  const [, stem, ending] = /^(.*?)(?:\.([^.]*))?$/.exec(file.name);
  const options = { name: stem.replace(/[\\/:*?"<>|\u0000-\u001f\u007f]/g, '-').slice(0, 120) || 'product' };
  if (/^(glb|gltf|obj|stl|ply|dae|3mf|step|stp|usd[acz]?|zip)$/i.test(ending ?? '')) options.format = ending.toLowerCase();
  if (at('unit').value) options.unit = at('unit').value;
  if (at('up').value) options.up = at('up').value;
  if (at('size').value.trim()) options.size = at('size').value.trim();
  const body = JSON.stringify({ kind: 'convert', inputs: { source: source.source }, options });
  let job = await ask('/v1/jobs', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  while (job.state === 'queued' || job.state === 'running') {
    at('progress').value = job.progress;
    job = await ask(`/v1/jobs/${job.id}`, { headers: { Prefer: 'wait=2' } });
  }
  if (job.state !== 'done') throw job.error ?? { message: job.state };
  return job.result.asset;
}

async function show(asset) {
  const view = document.createElement('ar-view');
  view.setAttribute('asset', `/embed/${asset}.json`);
  at('view').replaceChildren(view);
  const page = await (await fetch(`/embed/${asset}`)).text();
  at('snippet').value = page.slice(page.indexOf('<script type="module"'), page.indexOf('</ar-view>') + 10);
  const { links, report } = await ask(`/v1/assets/${asset}`);
  const said = report.findings.filter(({ severity }) => severity !== 'info');
  at('findings').replaceChildren(...said.map(({ severity, message, hint }) => make('li', `${severity}: ${message}. ${hint}`)));
  at('links').replaceChildren(...Object.entries(links).flatMap(([name, url]) => [Object.assign(document.createElement('a'), { href: url, textContent: name }), ' ']));
  at('made').hidden = false;
}

at('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  at('wrong').hidden = true;
  at('progress').hidden = false;
  at('progress').removeAttribute('value');
  try {
    await show(await convert(at('file').files[0]));
  } catch (error) {
    at('wrong').textContent = [error.detail ?? error.message ?? String(error), error.hint].filter(Boolean).join(' ');
    at('wrong').hidden = false;
  }
  at('progress').hidden = true;
});
for (const name of ['dragover', 'dragleave', 'drop']) {
  at('drop').addEventListener(name, (event) => {
    event.preventDefault();
    at('drop').classList.toggle('over', name === 'dragover');
    if (name === 'drop' && event.dataTransfer.files.length) at('file').files = event.dataTransfer.files;
  });
}

const make = (tag, text, ...children) => { const node = document.createElement(tag); if (text) node.textContent = text; node.append(...children); return node; };
const { paths, components } = await (await fetch('/openapi.json')).json();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, told] of Object.entries(methods)) {
    const models = [...new Set(JSON.stringify(told).match(/#\/components\/schemas\/\w+/g) ?? [])].map((name) => name.split('/').pop());
    const more = make('details', '', make('summary', told.summary), make('p', told.description ?? ''));
    for (const name of models) more.append(make('pre', `${name} ${JSON.stringify(components.schemas[name], null, 1)}`));
    at('requests').append(make('tr', '', make('td', '', make('code', method.toUpperCase())), make('td', '', make('code', path)), make('td', '', more)));
  }
}
try {
  at('state').textContent = (await (await fetch('/readyz')).json()).status === 'ok' ? '' : 'The service is not ready: see /readyz.';
} catch { at('state').textContent = 'The service does not answer.'; }
