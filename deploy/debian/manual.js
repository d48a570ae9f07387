import { readFileSync } from 'node:fs';
import process from 'node:process';

/** Writes the manual page. Arguments: the version, and a file with the text of `--help`. */

const [version = '', file = ''] = process.argv.slice(2);
const help = readFileSync(file, 'utf8').trimEnd().split('\n');
const flags = help.flatMap((line) => {
  const [, flag, text] = /^ {2}(--\S+) +(.*)$/.exec(line) ?? [];
  return flag === undefined ? [] : [{ flag, text }];
});
const commands = help.flatMap((line) => {
  const [, command, text] = /^ {2}([a-z]\S*(?: \S+)*) {2,}(.*)$/.exec(line) ?? [];
  return command === undefined ? [] : [{ command, text }];
});
const [summary = ''] = help;
const [, about = ''] = /^[^:]+: (.*?)\.?$/.exec(summary) ?? [];
if (flags.length === 0 || commands.length === 0 || about === '')
  throw new Error('the text of --help has another form now');
const date = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString().slice(0, 10);

/** Escapes text for roff: a leading dot or quote would be a request, a plain hyphen a typographic one. */
function plain(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}

const page = `.TH EPHEMERAL\\-PORT\\-EXPORTER 1 ${date} "${version}" "User Commands"
.SH NAME
ephemeral\\-port\\-exporter \\- ${plain(about)}
.SH SYNOPSIS
.B ephemeral\\-port\\-exporter
.RI [ flags ]
.br
.B ephemeral\\-port\\-exporter
.I COMMAND
.RI [ flags ]
.SH DESCRIPTION
A Prometheus exporter. It reads the socket tables of every network namespace of the host, and says for each
remote endpoint how many source ports are held and how many are left. It changes nothing and opens no connection.
.PP
First thing on a sick host:
.PP
.RS
.B ephemeral\\-port\\-exporter \\-\\-once \\-\\-once.format=table
.RE
.SH COMMANDS
Each polls once, prints and ends; its flags follow it, and
.I COMMAND
.B \\-\\-help
lists them. Without a command the program is the daemon.
${commands.map(({ command, text }) => `.TP\n.B ${plain(command)}\n${plain(text)}`).join('\n')}
.SH OPTIONS
A flag wins over the configuration file.
${flags.map(({ flag, text }) => `.TP\n.B ${plain(flag)}\n${plain(text)}`).join('\n')}
.SH SIGNALS
.TP
.B SIGHUP
Reads the configuration file anew. That is done by itself when the file changes.
.TP
.BR SIGTERM ", " SIGINT
Finishes the scrapes in flight and ends with 0.
.SH FILES
.TP
.I /etc/default/ephemeral\\-port\\-exporter
Flags of the service, in ARGS.
.TP
.I /etc/ephemeral\\-port\\-exporter/config.yaml
Configuration of the service.
.TP
.I /usr/share/doc/ephemeral\\-port\\-exporter/examples/bpf.conf
.TQ
.I /usr/share/doc/ephemeral\\-port\\-exporter/examples/full.conf
Drop\\-ins for the service's unit that add the privilege tiers bpf and full: each says how it is put in force.
`;
process.stdout.write(page);
