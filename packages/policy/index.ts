import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules";

new PolicyPack("gitops-platform-policy", { policies: rules });
