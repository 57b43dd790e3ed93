/** A valid service name. It is also the name of the values file, the default namespace, and part of branch names. */
export const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/;

/**
 * The charts' folder in the repository, and the name of their releases. No service may have this name, because their
 * releases could not be distinguished.
 */
export const CHARTS = "charts";
