// A forge with one repository: the part of the Gitea API that the editor calls, over a git repository on disk, and the
// editor's files on the same origin. For judging only: it believes every token and every author.
//
//     import { forge } from './forge.mjs';   await forge({ repo, editor, port, preview })
//
// `repo` is a repository with a work tree; each save is a commit on its branch and in its work tree. `asked` of what is
// returned lists every call, `refuse(pattern)` names paths that no commit may touch, `show(folder)` gives out another editor.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8' };

export async function forge({ repo, editor, port = 0, version = '1.24.0', owner = 'truong', name = 'ho-so', preview }) {
  const git = (args, input) => execFileSync('git', ['-C', repo, ...args], { input, maxBuffer: 1 << 28 });
  const text = (...args) => git(args).toString().trim();
  const branch = text('symbolic-ref', '--short', 'HEAD');
  const user = { id: 1, login: 'tuong-vi', full_name: 'Ngô Thị Tường Vi', email: 'tuongvi@truong.example', avatar_url: '', username: 'tuong-vi' };
  const asked = [];
  const state = { refuse: undefined, editor };
  const base = `/api/v1/repos/${owner}/${name}`;
  const blob = (sha) => git(['cat-file', 'blob', sha]);
  const shaOf = (bytes) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

  function tree(at) {
    return text('ls-tree', '-r', '-t', '-l', '-z', at).split('\0').filter(Boolean).map((line) => {
      const [, mode, type, sha, size, path] = /^(\d+) (\w+) (\w+) +(\S+)\t(.*)$/s.exec(line);
      return { path, mode, type, sha, size: size === '-' ? 0 : Number(size) };
    });
  }

  /** One commit of several files; nothing when one of them is not what its writer saw. */
  function save({ files, message, author }) {
    const there = new Map(tree('HEAD').map((entry) => [entry.path, entry]));
    for (const file of files) {
      if (normalize(file.path) !== file.path || file.path.startsWith('..') || file.path.startsWith('/')) return [422, { message: 'bad path' }];
      if (state.refuse?.test(file.path)) return [403, { message: `không được sửa ${file.path}` }];
      const old = there.get(file.from_path ?? file.path);
      if (file.operation === 'create' && old) return [422, { message: `${file.path} đã có` }];
      if (file.operation !== 'create' && !old) return [404, { message: `${file.path} không có` }];
      if (file.operation !== 'create' && file.sha && old.sha !== file.sha) return [409, { message: `${file.path} đã được người khác sửa` }];
    }
    const saved = files.map((file) => {
      const full = join(repo, file.path);
      if (file.operation === 'delete' || file.from_path) rmSync(join(repo, file.from_path ?? file.path));
      if (file.operation === 'delete') return null;
      const bytes = Buffer.from(file.content, 'base64');
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, bytes);
      return { path: file.path, sha: shaOf(bytes) };
    });
    git(['add', '--all', '--', ...new Set(files.flatMap((file) => [file.path, file.from_path].filter(Boolean)))]);
    git(['-c', `user.name=${author?.name ?? 'x'}`, '-c', `user.email=${author?.email ?? 'x@x'}`, 'commit', '--quiet', '-m', message]);
    return [201, { commit: { sha: text('rev-parse', 'HEAD'), created: new Date().toISOString() }, files: saved }];
  }

  function api(method, path, query, body) {
    if (path === '/api/v1/version') return [200, { version }];
    if (path === '/api/v1/user') return [200, user];
    if (path === '/api/v1/settings/api') return [200, { max_response_items: 50, default_paging_num: 30, default_git_trees_per_page: 1000, default_max_blob_size: 10485760 }];
    if (path === base) return [200, { default_branch: branch, permissions: { pull: true, push: true, admin: false }, private: true, full_name: `${owner}/${name}` }];
    if (path === `${base}/branches/${branch}`) {
      return [200, { name: branch, commit: { id: text('rev-parse', 'HEAD'), message: text('log', '-1', '--format=%B') } }];
    }
    if (path.startsWith(`${base}/git/trees/`)) {
      const all = tree(path.slice(`${base}/git/trees/`.length));
      const page = Number(query.get('page') ?? 1);
      return [200, { sha: text('rev-parse', 'HEAD'), tree: all.slice((page - 1) * 1000, page * 1000), truncated: all.length > page * 1000, total_count: all.length }];
    }
    if (path === `${base}/file-contents` && method === 'POST') {
      const there = new Map(tree('HEAD').map((entry) => [entry.path, entry]));
      return [200, body.files.map((file) => {
        const entry = there.get(file);
        return entry ? { path: file, sha: entry.sha, size: entry.size, type: 'file', encoding: 'base64', content: blob(entry.sha).toString('base64') } : null;
      })];
    }
    if (path === `${base}/contents` && method === 'POST') return save(body);
    if (path === `${base}/commits`) {
      const args = ['log', '--format=%H%x1f%an%x1f%ae%x1f%aI%x1f%s', '-n', '100'];
      if (query.get('path')) args.push('--', query.get('path'));
      return [200, text(...args).split('\n').filter(Boolean).map((line) => {
        const [sha, author, email, date, message] = line.split('\x1f');
        return { sha, created: date, commit: { message, author: { name: author, email, date } }, author: null };
      })];
    }
    return [404, { message: `no ${method} ${path}` }];
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    const path = decodeURI(url.pathname);
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const send = (status, type, bytes, more = {}) => {
        response.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', ...more });
        response.end(bytes);
      };
      try {
        const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : undefined;
        if (path.startsWith('/api/v1/')) {
          asked.push(`${request.method} ${path}${url.search}`);
          if (path !== '/api/v1/version' && !/^token \S+|^Bearer \S+/i.test(request.headers.authorization ?? '')) return send(401, 'application/json', '{"message":"token"}');
          for (const part of ['raw', 'media']) {
            if (!path.startsWith(`${base}/${part}/`)) continue;
            const file = path.slice(`${base}/${part}/`.length).replace(`${branch}/`, '');
            return send(200, 'application/octet-stream', git(['show', `HEAD:${file}`]));
          }
          const [status, answer] = api(request.method, path, url.searchParams, body);
          return send(status, 'application/json', JSON.stringify(answer));
        }
        if (path === '/xem-truoc' && preview) {
          asked.push(`POST ${path} ${request.headers.authorization ?? ''}`);
          return send(200, 'application/json', JSON.stringify(await preview(body)));
        }
        // As `hoso serve --edit` answers somebody who has signed in there.
        if (path === '/phien') return send(200, 'application/json', JSON.stringify({ token: 'ma-truy-cap', user }));
        const file = join(state.editor, normalize(path === '/' ? '/index.html' : path));
        if (!file.startsWith(state.editor) || !existsSync(file)) return send(404, 'text/plain', 'not found');
        const page = extname(file) === '.html';
        return send(200, TYPES[extname(file)] ?? 'application/octet-stream', readFileSync(file), page ? { 'X-Frame-Options': 'DENY' } : {});
      } catch (error) {
        asked.push(`failed: ${error.message}`);
        return send(500, 'application/json', JSON.stringify({ message: error.message }));
      }
    });
  });
  await new Promise((ready) => { server.listen(port, '127.0.0.1', ready); });
  return { address: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close(), refuse: (pattern) => { state.refuse = pattern; }, show: (folder) => { state.editor = folder; }, git: text };
}
