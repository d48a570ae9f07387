import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, RolldownOptions } from 'rolldown';
import { pageAssets } from './page-assets.ts';

/** Files that are bundled for the browser. */
const pageModules = new Set<string>();

/** Bundled because loading some 300 files one by one takes most of a start. */
export default {
  input: {
    main: 'src/main.ts',
    // Each thread starts from a file of its own; so do the tests of the sampler.
    sampler: 'src/sampler/sampler.ts',
    worker: 'src/sampler/worker.ts',
    'config-thread': 'src/config/config-thread.ts',
    'bcrypt-worker': 'src/http/access/bcrypt-worker.ts',
  },
  platform: 'node',
  // It is optional, and holds a binary.
  external: ['koffi'],
  plugins: [pageAssets(pageModules), licenses()],
  output: {
    dir: 'dist',
    cleanDir: true,
    // All files lie side by side: a path in `new URL('./worker.js', import.meta.url)` holds from each of them.
    chunkFileNames: '[name].js',
  },
} satisfies RolldownOptions;

/** The packages in the bundle with the texts of their licenses, which ask to go with it: `third-party.json`. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk' ? file.moduleIds : [],
      );
      const modules = [...chunks, ...pageModules];
      const folders = modules.map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0]);
      const packages = [...new Set(folders)].filter((folder) => folder !== undefined).sort();
      const source = JSON.stringify(packages.map(packageOf), null, 2);
      this.emitFile({ type: 'asset', fileName: 'third-party.json', source });
    },
  };
}

function packageOf(folder: string): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  const { name, version, license, author } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const licenseText = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
  return { name, version, license, author, text: licenseText };
}
