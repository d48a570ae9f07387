import { MissingTool } from './lab/tools.ts';
import { parseOptions } from './options.ts';
import { printError } from './print-error.ts';
import { alertmanagerProgram, prometheusProgram } from './addresses.ts';

/** What must be done before the namespace cuts the network off: options checked, programs fetched. */
try {
  parseOptions(process.argv.slice(2));
  prometheusProgram();
  alertmanagerProgram();
} catch (error) {
  printError(error);
  process.exitCode = error instanceof MissingTool ? 1 : 2;
}
