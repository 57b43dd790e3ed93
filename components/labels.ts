/** The label that names an object's environment. By it the platform's own Applications are told from others. */
export const ENVIRONMENT_LABEL = "gitops-platform/environment";
