#!/usr/bin/env node
import { Signals } from './daemon/signals.ts';

// Before anything else is loaded: until then a signal ends the program, and loading takes most of the start.
const signals = new Signals();
const { program } = await import('./program.ts');
await program(signals, process.argv.slice(2));
