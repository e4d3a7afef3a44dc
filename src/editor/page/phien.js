// Who works here, at this program's own server. The server signs people in; Sveltia is told of it, and what it does
// when a session has ended leads back to the server's own page, with what is being written left on the screen.

const asks = window.fetch.bind(window);
const opens = window.open.bind(window);
/** The person for whom this page was opened, and the token of the session that is alive now. */
const own = { login: '', token: '' };

async function session() {
  const answer = await asks('/phien', { cache: 'no-store', credentials: 'same-origin' });
  if (answer.status === 401) return undefined;
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told;
}

/** Tells Sveltia who has signed in; leads to the sign-in page when nobody has. */
export async function signedIn() {
  const told = await session();
  if (!told) {
    location.assign('/dang-nhap');
    return false;
  }
  const { token, user } = told;
  Object.assign(own, { login: user.login, token });
  localStorage.setItem('sveltia-cms.user', JSON.stringify({ backendName: 'gitea', token, login: user.login, name: user.full_name, email: user.email ?? '' }));
  window.fetch = asking;
  // Sveltia's sign-in button opens a forge's page, of which there is none: the same page, loaded anew, leads to where people sign in.
  window.open = (url, name, ...more) => {
    if (name !== 'auth') return opens(url, name, ...more);
    location.reload();
    return { closed: false, location: {}, postMessage() {}, close() {} };
  };
  document.addEventListener('visibilitychange', comeBack);
  addEventListener('focus', comeBack);
  return true;
}

function isOurs(input) {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  return url.origin === location.origin && (url.pathname.startsWith('/api/v1/') || url.pathname === '/xem-truoc');
}

/** What asks the server goes with the token of the session that is alive; of one that has ended, the person is told. */
async function asking(input, init = {}) {
  if (!isOurs(input)) return asks(input, init);
  const send = () => {
    const headers = new Headers(init.headers);
    if (headers.has('Authorization')) headers.set('Authorization', `token ${own.token}`);
    return asks(input, { ...init, headers });
  };
  const isSave = init.method === 'POST' && String(input).includes('/contents');
  for (;;) {
    const answer = await send();
    if (answer.status !== 401) return answer;
    const told = await session();
    if (told?.user.login === own.login) {
      if (own.token === told.token) return answer;
      own.token = told.token;
    } else if ((put && !isSave) || !await again(told?.user.full_name)) {
      return answer;
    }
  }
}

/** The box that says so; whether she put it off; and what waits for her answer. */
let box;
let put = false;
let waiting = [];

/** Asks her to sign in again, which happens on another page; whether she has. What she wrote waits here meanwhile. */
function again(other) {
  if (!box) {
    box = document.createElement('dialog');
    box.className = 'hoso-het-phien';
    box.setAttribute('aria-labelledby', 'hoso-het-phien');
    const heading = document.createElement('h2');
    heading.id = 'hoso-het-phien';
    heading.textContent = 'Phiên làm việc đã hết';
    const text = document.createElement('p');
    const link = document.createElement('a');
    link.target = '_blank';
    link.href = '/dang-nhap';
    link.textContent = 'Đăng nhập lại (mở trang mới)';
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = 'Để sau';
    close.addEventListener('click', () => box.close());
    box.addEventListener('close', () => {
      put = box.returnValue !== 'in';
      box.returnValue = '';
      for (const tell of waiting.splice(0)) tell(!put);
    });
    box.append(heading, text, link, close);
    document.body.append(box);
  }
  box.querySelector('p').textContent = other
    ? `Trên máy này ${other} vừa đăng nhập. Bài bạn đang viết vẫn còn trên màn hình này: hãy đăng nhập lại bằng tên của bạn ở trang mới rồi trở về đây.`
    : 'Bài đang viết vẫn còn trên màn hình này. Hãy đăng nhập lại ở trang mới rồi trở về đây; việc đang dở sẽ được làm tiếp.';
  if (!box.open) box.showModal();
  return new Promise((tell) => { waiting.push(tell); });
}

/** Back from the page where she signed in: nothing more to tell. */
async function comeBack() {
  if (document.hidden || !box?.open) return;
  const told = await session().catch(() => undefined);
  if (told?.user.login !== own.login) return;
  own.token = told.token;
  box.close('in');
}
