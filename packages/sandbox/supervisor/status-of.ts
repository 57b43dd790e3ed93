/** The HTTP status of a GET request; undefined if there is no response within two seconds. */
export async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status;
}
