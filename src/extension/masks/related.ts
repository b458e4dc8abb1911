// Groups of related task names, as stored in the setting.

type Groups = readonly (readonly string[])[];

/** The groups in the setting's value; anything but a list of two or more names is ignored. */
export function relatedGroups(value: unknown): string[][] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (group): group is string[] =>
      Array.isArray(group) && group.length > 1 && group.every((name) => typeof name === "string"),
  );
}

/** The groups, plus a group of these tasks unless an existing group contains them all. */
export function withRelated(groups: Groups, tasks: readonly string[]): Groups {
  return groups.some((group) => tasks.every((name) => group.includes(name))) ? groups : [...groups, tasks];
}

/**
 * Splits each group that contains several of these tasks into one group per task, each with the remaining members of
 * the original group. Drops groups with only one task.
 */
export function withoutRelated(groups: Groups, tasks: readonly string[]): Groups {
  return groups
    .flatMap((group) => {
      const [of, others] = [
        group.filter((name) => tasks.includes(name)),
        group.filter((name) => !tasks.includes(name)),
      ];
      return of.length > 1 ? of.map((name) => [name, ...others]) : [group];
    })
    .filter((group) => group.length > 1);
}
