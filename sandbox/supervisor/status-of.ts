/** The HTTP status that an address answers with within two seconds; undefined where it does not answer. */
export async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status;
}
