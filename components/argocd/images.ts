/** An image's name in a mirror: the registry's host is replaced, and the rest stays. */
export function mirrored(image: string, mirror: string): string {
  return `${mirror}/${image.slice(image.indexOf("/") + 1)}`;
}
