// Groups of task names that are related, as the setting holds them.

type Groups = readonly (readonly string[])[];

/** The groups in a setting's value; what is no list of two or more names is left out. */
export function relatedGroups(value: unknown): string[][] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (group): group is string[] =>
      Array.isArray(group) && group.length > 1 && group.every((name) => typeof name === "string"),
  );
}

/** The groups, with these tasks as one more unless a group has them all. */
export function withRelated(groups: Groups, tasks: readonly string[]): Groups {
  return groups.some((group) => tasks.every((name) => group.includes(name))) ? groups : [...groups, tasks];
}

/** The groups so that no two of the tasks stand in one: a group of several of them becomes one for each, with all its others. */
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
