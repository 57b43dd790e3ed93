/** What a service may be called: its values file, its namespace and its branches have the name. */
export const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/;

/**
 * The charts' folder in the repository, and the name of their releases. No service has it: the two could not be told
 * apart.
 */
export const CHARTS = "charts";
