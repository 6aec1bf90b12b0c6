/* <ar-view>: a product in a page. Copyright the arviz developers, Apache-2.0.
 *
 * Stage 1 is this file alone: a picture, its size in words, links into Quick Look and Scene Viewer. Stage 2, model-viewer, is loaded
 * when somebody wants to turn the product (or, with load="visible", sees it). If it cannot be loaded, stage 1 stays.
 */
/** What is said, by language; a page may add its own: what is left out of it is said in English. */
export const words = {
  en: {
    turn: 'View in 3D', loading: 'Loading …', place: 'View in your room', choose: 'Variant', failed: 'The 3D view could not be loaded.',
    size: (w, d, h, u) => `${w} × ${d} × ${h} ${u} (width × depth × height)`,
    alt: (name, w, d, h, u) => `${name}: ${w} ${u} wide, ${d} ${u} deep, ${h} ${u} high`,
    units: { mm: 'mm', cm: 'cm', in: 'in' },
  },
  de: {
    turn: 'In 3D ansehen', loading: 'Wird geladen …', place: 'Im eigenen Raum ansehen', choose: 'Variante', failed: 'Die 3D-Ansicht konnte nicht geladen werden.',
    size: (w, d, h, u) => `${w} × ${d} × ${h} ${u} (Breite × Tiefe × Höhe)`,
    alt: (name, w, d, h, u) => `${name}: ${w} ${u} breit, ${d} ${u} tief, ${h} ${u} hoch`,
    units: { mm: 'mm', cm: 'cm', in: 'Zoll' },
  },
  zh: {
    turn: '查看三维模型', loading: '正在加载…', place: '在您的房间中查看', choose: '款式', failed: '无法加载三维视图。',
    size: (w, d, h, u) => `${w} × ${d} × ${h} ${u}（宽 × 深 × 高）`,
    alt: (name, w, d, h, u) => `${name}：宽 ${w} ${u}，深 ${d} ${u}，高 ${h} ${u}`,
    units: { mm: '毫米', cm: '厘米', in: '英寸' },
  },
};
const MILLIMETRES = { mm: 1, cm: 10, in: 25.4 };
const DIGITS = { mm: 0, cm: 1, in: 1 };
const OPENS_USDZ = /CriOS\/|EdgiOS\/|FxiOS\/|GSA\/|DuckDuckGo\//; // apps of iOS that open Quick Look and do not say so, as model-viewer lists them
const STYLE = `
:host { display: block; position: relative; font: inherit; }
:host([hidden]) { display: none; }
figure { margin: 0; }
.stage { position: relative; aspect-ratio: 1; }
.stage > * { position: absolute; inset: 0; width: 100%; height: 100%; }
img { object-fit: contain; display: block; }
model-viewer { background: transparent; --poster-color: transparent; }
button, a.ar { font: inherit; background: Canvas; color: CanvasText; border: 1px solid; border-radius: .5em; padding: .5em .8em; cursor: pointer; text-decoration: none; min-height: 44px; box-sizing: border-box; display: inline-flex; align-items: center; gap: .4em; }
button[aria-busy=true] { opacity: .7; cursor: progress; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.actions { display: flex; flex-wrap: wrap; gap: .5em; margin-top: .5em; }
fieldset { border: 0; margin: .5em 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25em .75em; }
legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
label { display: inline-flex; align-items: center; gap: .35em; min-height: 44px; }
.spot { min-height: 0; padding: .2em .5em; border-radius: 1em; font-size: .85em; width: auto; height: auto; position: static; }
[hidden] { display: none !important; }
`;
/** Give a root a style that no policy of the page keeps out: `style-src` without 'unsafe-inline' forbids style elements, not sheets. */
const dress = (root, text) => {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch { root.prepend(make('style', { textContent: text })); } // Safari before 16.4
};
let viewer; // one import for all elements of a page
const loadViewer = (base) => (viewer ??= import(new URL('model-viewer.min.js', base).href).catch((error) => { viewer = undefined; throw error; }));
let decodes; // whether compressed files can be read: the viewer's decoder is WebAssembly, which the policy of a page may forbid
const canDecode = (base) => (decodes ??= (async () => {
  const script = new URL('meshopt.js', base).href, empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  await Promise.all([import(script), WebAssembly.compile(empty)]); // with a decoder that does not come the viewer would load nothing any more
  customElements.get('model-viewer').meshoptDecoderLocation ??= script;
  return true;
})().catch(() => false));
/** Refuse a page whose policy keeps textures out: the viewer would show the product without them. */
const canPaint = async () => {
  const address = URL.createObjectURL(new Blob());
  try { await (await fetch(address)).text(); } catch { throw new Error("the Content-Security-Policy of the page keeps textures out: it needs connect-src blob: and img-src blob:"); }
  finally { URL.revokeObjectURL(address); }
};
const make = (tag, properties = {}, ...children) => { const node = Object.assign(document.createElement(tag), properties); node.append(...children); return node; };

export class ArView extends HTMLElement {
  static observedAttributes = ['asset', 'variant', 'unit', 'lang'];
  #record; #model; #seen; #ready = false;

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: 'open' }); // what stands inside the element is shown until the record is there, and where none comes
      dress(this.shadowRoot, STYLE);
      this.shadowRoot.append(make('slot'), this.#failure());
    }
    if (this.#record) this.#draw(); // it was moved within the page
    else this.#read();
  }

  disconnectedCallback() { this.#seen?.disconnect(); }

  attributeChangedCallback(name, before, after) {
    if (!this.shadowRoot || before === after) return; // before it is connected there is nothing to change
    if (name === 'asset') this.#read();
    else if (name === 'variant') this.#show(after);
    else if (this.#record) this.#draw();
  }

  /** The variant that is shown; setting it shows another. */
  get variant() { return this.getAttribute('variant') ?? ''; }
  set variant(name) { this.setAttribute('variant', name); }

  /** Load the 3D view; resolves when it can be turned. */
  async turn() {
    if (this.#model || !this.#record) return;
    const record = this.#record, root = this.shadowRoot;
    const model = this.#model = document.createElement('model-viewer');
    this.#wait(true);
    try {
      await Promise.all([loadViewer(import.meta.url), canPaint()]);
      if (this.#model !== model) return; // another product is shown by now
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      const told = {
        'ios-src': record.links.usdz, 'camera-controls': '', 'touch-action': 'pan-y', 'ar-scale': 'fixed',
        'ar-modes': 'webxr quick-look', 'camera-orbit': record.orbit ?? '30deg 75deg auto', 'tone-mapping': 'neutral', 'shadow-intensity': '1',
        'environment-image': new URL('studio.hdr', import.meta.url).href, ...(this.#ar() ? { ar: '' } : {}), ...(still ? { 'interaction-prompt': 'none' } : {}),
        ...(this.variant ? { 'variant-name': this.variant } : {}),
      };
      for (const [name, value] of Object.entries(told)) if (value !== undefined) model.setAttribute(name, value);
      this.#word(model);
      model.addEventListener('ar-status', (event) => this.#tell('ar', { status: event.detail.status }));
      const { web, glb } = record.links, files = web && await canDecode(import.meta.url) ? [web, glb] : [glb];
      if (this.#model !== model) return;
      root.querySelector('.stage').append(model);
      for (const style of model.shadowRoot.querySelectorAll('style')) if (!style.sheet) dress(model.shadowRoot, style.textContent); // one that the policy kept out
      await this.#load(model, ...files);
      if (this.#model !== model) return;
      const turn = root.querySelector('.turn'), asked = root.activeElement === turn;
      root.querySelector('img').hidden = turn.hidden = this.#ready = true;
      if (asked) model.shadowRoot.querySelector('[tabindex="0"]')?.focus({ preventScroll: true }); // the element within that takes the keys
      this.#tell('load', { name: record.name });
    } catch (error) {
      if (this.#model !== model) return;
      this.#drop();
      this.#wait(false);
      this.#fail(error);
    }
  }

  /** Have the viewer show the first of some files that it can. */
  async #load(model, src, ...others) {
    try {
      await new Promise((done, failed) => {
        model.addEventListener('load', done, { once: true });
        model.addEventListener('error', (event) => failed(event.detail?.sourceError ?? new Error(event.detail?.type ?? 'error')), { once: true });
        model.setAttribute('src', src);
      });
    } catch (error) {
      if (!others.length || this.#model !== model) throw error;
      await this.#load(model, ...others);
    }
  }

  #drop() {
    this.#model?.remove();
    this.#model = undefined;
    this.#ready = false;
  }

  async #read() {
    const address = this.getAttribute('asset'), inline = this.querySelector('script[type="application/json"]');
    try {
      const base = address ? new URL(address, document.baseURI) : new URL(document.baseURI);
      const record = address ? await (await fetch(base)).json() : JSON.parse(await inline.textContent); // await: a module that imports this one may still add its words
      if (record.schema !== 'arviz.embed/1') throw new Error(`expected arviz.embed/1, found ${record.schema}`);
      for (const links of [record.links, record.posters ?? {}]) for (const name of Object.keys(links)) links[name] = new URL(links[name], base).href;
      if (address !== this.getAttribute('asset')) return; // asked for another one meanwhile
      this.#drop();
      this.#record = record;
      this.#draw();
    } catch (error) { if (address === this.getAttribute('asset')) this.#fail(error); }
  }

  #draw() {
    const record = this.#record, words = this.#words(), figure = make('figure');
    const poster = make('img', { alt: this.#alt(), decoding: 'async' });
    this.#picture(poster);
    let tries = 20;  // a picture that nobody saw before is drawn first: the service answers 202, which is none
    poster.addEventListener('error', () => { if (tries-- > 0) setTimeout(() => { poster.src = poster.src; }, 1000); });
    const turn = make('button', { type: 'button', className: 'turn', textContent: words.turn });
    turn.part = 'turn';
    turn.addEventListener('click', () => this.turn());
    const stage = make('div', { className: 'stage' }, poster);
    stage.part = 'stage';
    const caption = make('figcaption', { textContent: this.#size() });
    caption.part = 'dimensions';
    figure.append(stage, caption);
    if ((record.variants ?? []).length > 1) figure.append(this.#choices());
    const actions = make('div', { className: 'actions' }, turn);
    const link = this.#arLink();
    if (link) actions.append(link);
    figure.append(actions);
    if (this.#model) { this.#word(this.#model); stage.append(this.#model); }
    if (this.#ready) poster.hidden = turn.hidden = true;
    this.shadowRoot.replaceChildren(...[...this.shadowRoot.children].filter((one) => one.matches('style')), figure, this.#failure());
    this.#wait(this.#model && !this.#ready);
    this.#seen?.disconnect();
    if (this.getAttribute('load') === 'visible' && !this.#model) {
      this.#seen = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) { this.#seen.disconnect(); this.turn(); } });
      this.#seen.observe(this);
    }
  }

  #failure() {
    const told = make('p', { role: 'status', className: 'failed', hidden: true });
    told.part = 'failed';
    return told;
  }

  /** Say on the button whether the 3D view is on its way. */
  #wait(loading) {
    const turn = this.shadowRoot.querySelector('.turn');
    turn.textContent = loading ? this.#words().loading : this.#words().turn;
    turn.setAttribute('aria-busy', Boolean(loading));
  }

  /** Put into a picture what the viewer shows first: the page's own poster, the variant's, or that of the product. */
  #picture(poster) {
    const { links, posters } = this.#record, shown = posters?.[this.variant];
    poster.removeAttribute('srcset');
    poster.src = shown ?? this.getAttribute('poster') ?? links.desktop ?? links.phone ?? '';
    if (!shown && !this.hasAttribute('poster') && links.phone && links.desktop) {
      poster.sizes = `${this.clientWidth || 512}px`;
      poster.srcset = `${links.phone} 512w, ${links.desktop} 1024w`;
    }
  }

  /** Put into the 3D view what is said in words: the text that stands for it, and its hotspots. */
  #word(model) {
    model.setAttribute('alt', this.#alt());
    model.replaceChildren(...['ar-button', 'progress-bar'].map((slot) => make('span', { slot, hidden: true })));
    for (const spot of this.#record.hotspots ?? []) model.append(this.#spot(spot));
  }

  #choices() {
    const group = make('fieldset', {}, make('legend', { textContent: this.#words().choose }));
    group.part = 'variants';
    for (const name of this.#record.variants) {
      const choice = make('input', { type: 'radio', name: 'variant', value: name, checked: name === (this.variant || this.#record.variants[0]) });
      choice.addEventListener('change', () => { this.variant = name; });
      const label = make('label', {}, choice, name);
      label.part = 'variant';
      group.append(label);
    }
    return group;
  }

  #show(name) {
    if (this.#model) this.#model.setAttribute('variant-name', name);
    if (!this.#record) return; // it will be drawn with it
    this.#picture(this.shadowRoot.querySelector('img'));
    for (const choice of this.shadowRoot.querySelectorAll('input')) choice.checked = choice.value === name;
    this.#tell('variant', { name });
  }

  /** Scene Viewer takes an intent with a file that is not compressed, Quick Look a link to a file. Elsewhere there is no AR to link to. */
  #ar() {
    if (this.getAttribute('ar') === 'none') return '';
    if (this.#record.links.usdz && (document.createElement('a').relList.supports('ar') || OPENS_USDZ.test(navigator.userAgent))) return 'quick-look';
    return /android/i.test(navigator.userAgent) ? 'scene-viewer' : '';
  }

  #arLink() {
    const { links, name } = this.#record, words = this.#words(), kind = this.#ar();
    if (!kind) return null;
    const link = make('a', { className: 'ar' });
    link.part = 'ar';
    if (kind === 'quick-look') {
      link.rel = 'ar';
      link.href = `${links.usdz}#allowsContentScaling=0`;
      link.append(make('img', { alt: '', src: links.phone ?? links.desktop ?? '', width: 32, height: 32 })); // the one element that it may hold
    } else {
      const back = encodeURIComponent(location.href.split('#')[0]);
      const asked = Object.entries({ file: links.plain ?? links.glb, mode: 'ar_preferred', title: name, resizable: 'false' }).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
      link.href = `intent://arvr.google.com/scene-viewer/1.2?${asked}#Intent;scheme=https;package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;S.browser_fallback_url=${back};end;`;
    }
    link.append(words.place);
    link.addEventListener('click', () => this.#tell('ar', { status: 'opened', kind }));
    return link;
  }

  #spot(spot) {
    const label = spot.label?.[this.#language()] ?? spot.label?.en ?? spot.id;
    const button = make('button', { type: 'button', slot: `hotspot-${spot.id}`, textContent: label, className: 'spot' });
    button.part = 'hotspot';
    button.dataset.position = spot.position.map((value) => `${value}m`).join(' ');
    button.dataset.normal = spot.normal.join(' ');
    button.addEventListener('click', () => this.#tell('hotspot', { id: spot.id, part: spot.part }));
    return button;
  }

  #language() {
    const asked = (this.getAttribute('lang') || this.closest('[lang]')?.lang || 'en').toLowerCase();
    return [asked, asked.split('-')[0]].find((language) => Object.keys(words).includes(language)) ?? 'en';
  }

  #words() { return { ...words.en, ...words[this.#language()] }; }

  #sides() {
    const size = this.#record.size_mm;
    if (!size) return null;
    const asked = this.getAttribute('unit'), unit = asked in MILLIMETRES ? asked : 'cm';
    const written = ['width', 'depth', 'height'].map((side) => Number((size[side] / MILLIMETRES[unit]).toFixed(DIGITS[unit])).toLocaleString(this.#language(), { maximumFractionDigits: DIGITS[unit] }));
    return [...written, this.#words().units[unit]];
  }

  #size() { const sides = this.#sides(); return sides ? this.#words().size(...sides) : ''; }

  #alt() {
    const sides = this.#sides(), name = this.#record.name;
    return this.getAttribute('alt') ?? (sides ? this.#words().alt(name, ...sides) : name);
  }

  #fail(error) {
    const told = this.shadowRoot?.querySelector('.failed');
    if (told) { told.hidden = false; told.textContent = this.#words().failed; }
    this.#tell('error', { message: String(error?.message ?? error) });
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(`ar-view:${name}`, { detail, bubbles: true, composed: true })); }
}
if (!customElements.get('ar-view')) customElements.define('ar-view', ArView);
