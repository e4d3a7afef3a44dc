// Sveltia CMS as files that a page can load without a network: one entry, the Vietnamese words, the fonts.
//
//     node bundle.mjs NODE_MODULES OUT
//
// Left out, because no form of ours asks for them: highlighting of program code (Shiki), maps (Leaflet), SVG optimising,
// reading of HEIC, writing of WebP, every language but Vietnamese and the built-in English. What is left out throws if used.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

const [modules, out] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(modules, 'package.json'));
const esbuild = require('esbuild');
const cms = join(modules, '@sveltia/cms');

const left_out = [
  /^@shikijs\//,
  /^shiki/,
  /shiki-engine-[^/]*\.js$/,
  /^leaflet/,
  /^terra-draw/,
  /^svgo/,
  /^exifr/,
  /(heic|webp_enc|webp_enc_simd)-[^/]*\.js$/,
  /locales\/(?!vi\.json$)[^/]+\.json$/,
];

const stubs = {
  name: 'stubs',
  setup(build) {
    build.onResolve({ filter: /.*/ }, (args) =>
      left_out.some((pattern) => pattern.test(args.path)) ? { path: 'left-out.cjs', namespace: 'left-out' } : undefined);
    // Many names are asked of these modules; a proxy has them all and gives none.
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'module.exports = new Proxy({}, { get: (_, key) => key === "then" || key === "__esModule" ? undefined : () => { throw new Error("left out of this bundle"); } });',
      loader: 'js',
    }));
  },
};

// What has no setting, changed in the text of the package; a new version in which it is not found stops here.
const changes = [
  // Fonts that are looked for on a public server before ours.
  { from: /src:url\(https:\/\/cdn\.jsdelivr\.net\/[^;]*;/g, to: '', times: 3 },
  // "Work with the local repository", which on a school's own machine would write past the server.
  { from: /\w+\.isLocalHost&&!(\w+\()/g, to: '!1&&!$1', times: 1 },
  // A folder of pictures for all records, offered beside the record's own: `hoso check` takes no picture from there.
  { from: /global:\{folder:(\w+),enabled:\1!==void 0\}/g, to: 'global:{folder:$1,enabled:!1}', times: 1 },
  // People must be able to zoom in (WCAG 2.1, 1.4.4).
  { from: /`maximum-scale=1`,/g, to: '', times: 1 },
];
const changed = {
  name: 'changes',
  setup(build) {
    build.onLoad({ filter: /@sveltia\/cms\/npm\/index\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const { from, to, times } of changes) {
        const found = contents.match(from)?.length ?? 0;
        if (found !== times) throw new Error(`${from}: found ${found} times, not ${times}`);
        contents = contents.replace(from, to);
      }
      return { contents, loader: 'js' };
    });
    // Words that the package lacks in Vietnamese, or has for programmers.
    build.onLoad({ filter: /locales\/vi\.json$/ }, ({ path }) => {
      const words = JSON.parse(readFileSync(path, 'utf8'));
      const ours = JSON.parse(readFileSync(new URL('vi.json', import.meta.url), 'utf8'));
      const merge = (to, from) => Object.entries(from).forEach(([key, value]) => {
        if (typeof value === 'string') to[key] = value; else merge((to[key] ??= {}), value);
      });
      merge(words, ours);
      return { contents: JSON.stringify(words), loader: 'json' };
    });
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'assets'), { recursive: true });
const result = await esbuild.build({
  stdin: { contents: "import CMS from '@sveltia/cms'; export default CMS;", resolveDir: join(modules, '..'), sourcefile: 'cms.js' },
  absWorkingDir: join(modules, '..'),
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: true,
  charset: 'utf8',
  target: ['es2022'],
  legalComments: 'none',
  entryNames: 'cms',
  chunkNames: '[name]-[hash]',
  outdir: out,
  plugins: [stubs, changed],
  logLevel: 'warning',
  metafile: true,
});
// esbuild does not follow `new URL(…, import.meta.url)`: fonts lie where the entry looks for them.
for (const name of readdirSync(join(cms, 'npm/assets')).sort()) {
  if (name.endsWith('.woff2')) copyFileSync(join(cms, 'npm/assets', name), join(out, 'assets', name));
}

// Whose work it is. The package is itself a bundle: what it contains is told by its source map.
const version = (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).version;
const packages = new Set();
for (const map of ['index.js.map', ...readdirSync(join(cms, 'npm/chunks')).filter((name) => name.endsWith('.map')).map((name) => `chunks/${name}`)]) {
  for (const source of JSON.parse(readFileSync(join(cms, 'npm', map), 'utf8')).sources) {
    const found = /node_modules\/\.pnpm\/[^/]+\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source);
    const numbered = /node_modules\/\.pnpm\/((?:@[^+/]+\+)?[^@/]+@[0-9][^_/(]*)/.exec(source);
    if (found && numbered) packages.add(numbered[1].replace('+', '/'));
  }
}
const inputs = Object.keys(result.metafile.inputs);
for (const input of inputs) {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found && found[1] !== '@sveltia/cms') packages.add(`${found[1]}@${version(join(modules, found[1]))}`);
}
writeFileSync(join(out, 'PACKAGES.txt'), `Sveltia CMS ${version(cms)} and what it is built of, by npm name and version:\n\n${[...packages].sort().join('\n')}\n`);
copyFileSync(join(cms, 'LICENSE.txt'), join(out, 'LICENSE-sveltia-cms.txt'));
for (const name of readdirSync(join(cms, 'npm/assets')).sort()) {
  if (name.endsWith('.LICENSE.txt')) copyFileSync(join(cms, 'npm/assets', name), join(out, 'assets', name));
}
// What the generated configuration is held to; for the tests, not for the page.
copyFileSync(join(cms, 'schema/sveltia-cms.json'), join(out, '..', 'sveltia-cms.schema.json'));
const sum = createHash('sha256').update(readFileSync(join(out, 'cms.js'))).digest('hex');
console.log(`${basename(out)}: cms.js ${sum.slice(0, 16)}`);
