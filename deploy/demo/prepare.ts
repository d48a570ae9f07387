import { MissingTool } from './lab/tools.ts';
import { parseOptions } from './options.ts';
import { printError } from './print-error.ts';
import { alertmanagerProgram, prometheusProgram } from './files.ts';

/**
 * What must be done outside of the namespace, which has no network: check the options, fetch missing programs. Exits
 * with 1 where a program cannot be had, with 2 for a bad option.
 */
try {
  parseOptions(process.argv.slice(2));
  prometheusProgram();
  alertmanagerProgram();
} catch (error) {
  printError(error);
  process.exitCode = error instanceof MissingTool ? 1 : 2;
}
