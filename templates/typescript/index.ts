import { platform } from "gitops-platform";

// The stack's name is the environment's: dev, staging or prod. Its settings are in Pulumi.<stack>.yaml.
export = platform;
