import { fileURLToPath, URL } from 'node:url';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One place per package: nobody else may import it. */
const OWNERS = {
  'prom-client': 'src/metrics/',
  fastify: 'src/http/',
  chokidar: 'src/config/',
  yaml: 'src/config/',
  valibot: 'src/config/',
  koffi: 'src/kernel/',
  pino: 'src/daemon/log.ts',
  preact: 'src/http/page/client/',
  uplot: 'src/http/page/client/',
};

/** Packages that others own. pino's `Logger` type goes where there is something to say. */
function forbiddenBut(owner) {
  return Object.keys(OWNERS)
    .filter((name) => OWNERS[name] !== owner)
    .map((name) => ({
      name,
      message: `only ${OWNERS[name]} knows ${name}`,
      allowTypeImports: name === 'pino',
    }));
}

export default tseslint.config(
  { basePath: root, ignores: ['dist/', 'node_modules/', '.cache/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', '.config/tsconfig.page.json', 'test/tsconfig.json'],
        tsconfigRootDir: root,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      complexity: ['error', 10],
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'name what you export' },
        { selector: 'TSEnumDeclaration', message: 'use a union of literals' },
        { selector: 'ExportAllDeclaration', message: 'no barrels' },
      ],
    },
  },
  {
    files: ['src/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: forbiddenBut('') }] },
  },
  ...Object.values(OWNERS).map((owner) => ({
    files: [owner.endsWith('/') ? `${owner}**` : owner],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { paths: forbiddenBut(owner) }],
    },
  })),
  {
    files: ['test/**', '.config/**'],
    rules: { 'no-restricted-syntax': 'off', 'max-lines-per-function': 'off', 'max-lines': 'off' },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
