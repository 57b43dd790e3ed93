/**
 * Maps things with limited concurrency. The results are in the same order.
 * @param most The maximum number of things at a time.
 * @throws the first error; work that has already started continues.
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
