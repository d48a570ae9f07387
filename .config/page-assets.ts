import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Plugin, rolldown } from 'rolldown';

const CLIENT = 'src/http/page/client/';
const require = createRequire(import.meta.url);

/** Bundles what the live page loads into `page/`, each file with a hash of its bytes in its name. */
export function pageAssets(packages: Set<string>): Plugin {
  return {
    name: 'page-assets',
    async buildStart() {
      const style = [require.resolve('uplot/dist/uPlot.min.css'), `${CLIENT}style.css`];
      const files = {
        js: await scriptOf(packages),
        css: style.map((path) => readFileSync(path, 'utf8')).join('\n'),
        svg: readFileSync(`${CLIENT}icon.svg`, 'utf8'),
      };
      for (const [extension, source] of Object.entries(files)) {
        const hash = createHash('sha256').update(source).digest('hex').slice(0, 12);
        this.emitFile({ type: 'asset', fileName: `page/page-${hash}.${extension}`, source });
      }
    },
  };
}

/** The script of the page; adds the files of npm packages that are in it to `packages`. */
async function scriptOf(packages: Set<string>): Promise<string> {
  const bundle = await rolldown({
    input: `${CLIENT}main.tsx`,
    platform: 'browser',
    transform: { target: 'es2022', jsx: { runtime: 'automatic', importSource: 'preact' } },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const [script] = output;
  for (const id of script.moduleIds) packages.add(id);
  return script.code;
}
