/** Units that Grafana knows, of the kinds that a count, a share, a time or a rate can have. */
export const UNITS: ReadonlySet<string> = new Set(
  [
    'none string short percent percentunit hex sci locale',
    'bytes decbytes bits decbits pps Bps bps',
    'dateTimeAsIso dateTimeAsIsoNoDateIfToday dateTimeAsUS dateTimeAsUSNoDateIfToday',
    'dateTimeAsLocal dateTimeAsLocalNoDateIfToday dateTimeAsSystem dateTimeFromNow',
    'hertz ns µs ms s m h d dtdurationms dtdurations dthms dtdhms timeticks clockms clocks',
    'cps ops reqps rps wps iops cpm opm rpm wpm mps mpm',
    'bool bool_yes_no bool_on_off',
  ].flatMap((line) => line.split(' ')),
);
