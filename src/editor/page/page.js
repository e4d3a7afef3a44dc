// The editor's page: Sveltia with the generated configuration, our own widgets, and the preview beside the form.
import './before.js';
import CMS from './vendor/cms.js';
import { signedIn } from './phien.js';
import { plain, withLists } from './widgets/data.js';
import { picture } from './widgets/anh.js';
import { attendance } from './widgets/diem-danh.js';
import { assessment } from './widgets/danh-gia.js';
import { preview } from './widgets/xem-truoc.js';

/** Says in the page why there is no editor. */
function stop(text) {
  const note = document.createElement('p');
  note.className = 'hoso-note';
  note.setAttribute('role', 'alert');
  note.textContent = text;
  document.body.append(note);
}

async function start() {
  if (!CSS.supports('selector(&)')) {
    stop('Trình duyệt này quá cũ. Hãy dùng Chrome, Edge, Cốc Cốc bản 120 trở lên, hoặc Firefox 121, Safari 17.2 trở lên.');
    return;
  }
  const answer = await fetch('config.json', { cache: 'no-cache', credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const { cms, hoso } = await answer.json();
  cms.logo.src = new URL('icon.svg', import.meta.url).href;
  if (hoso.own) {
    if (!await signedIn()) return;
    cms.backend.base_url = location.origin;
    cms.backend.api_root = `${location.origin}/api/v1`;
  }
  CMS.registerFieldType('diem-danh', attendance());
  CMS.registerFieldType('danh-gia', assessment());
  CMS.registerEditorComponent(picture());
  if (hoso.own) preview(CMS, cms, hoso.lists);
  CMS.registerEventListener({
    name: 'preSave',
    handler: ({ entry }) => {
      // Lists that the kind asks for and that are empty: Sveltia leaves out what is empty.
      const paths = hoso.lists[entry.get('collection')];
      if (!paths) return undefined;
      const data = paths.reduce((value, path) => withLists(value, path.split('/')), plain(entry.get('data')));
      return entry.set('data', data);
    },
  });
  await CMS.init({ config: cms });
}

start().catch((error) => {
  console.error(error);
  stop(`Không mở được trang viết hồ sơ: ${error.message}`);
});
