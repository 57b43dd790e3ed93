/** The permissions in a repository, weakest first. */
const PERMISSIONS = ["none", "read", "triage", "write", "maintain", "admin"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Whether one permission includes another. */
export function atLeast(permission: Permission, needed: Permission): boolean {
  return PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(needed);
}

/** The weaker of two permissions. */
export function weaker(a: Permission, b: Permission): Permission {
  return atLeast(a, b) ? b : a;
}

/** The stronger of two permissions. */
export function stronger(a: Permission, b: Permission): Permission {
  return atLeast(a, b) ? a : b;
}
