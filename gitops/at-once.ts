/**
 * What some work makes of each of many things, in their order, so many of them side by side at most.
 * @throws what the first that failed threw; what had begun until then goes on.
 */
export async function mapAtOnce<T, R>(
  things: readonly T[],
  most: number,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = [...things.entries()];
  const next = async () => {
    for (let entry = rest.shift(); entry; entry = rest.shift()) results[entry[0]] = await work(entry[1]);
  };
  await Promise.all(Array.from({ length: most }, next));
  return results;
}
