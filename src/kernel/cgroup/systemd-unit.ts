/** Units that have processes; a slice only groups them (systemd.slice(5)). */
const UNIT = /\.(?:service|scope|socket|mount|swap)$/;

/** The service manager of a user, which has units of its own below it. */
const USER_MANAGER = /^user@\d+\.service$/;

/**
 * The systemd unit of a path in the cgroup tree, as `cg_path_get_unit` in systemd finds it: the first below the slices,
 * for a service may make cgroups with any names in its own. A unit of a user's manager is `user@1000.service/name`. Empty
 * where there is none.
 */
export function systemdUnitOf(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && !name.endsWith('.slice'));
  const [first = '', second = ''] = names.map(unescapeName);
  if (!UNIT.test(first)) return '';
  return USER_MANAGER.test(first) && UNIT.test(second) ? `${first}/${second}` : first;
}

/** systemd puts `_` in front of names that the kernel's own files could have (`cg_escape`). */
function unescapeName(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name;
}
