// Here and not in tsconfig.json: Pulumi checks the program's types by that file, where mocha may not be installed.
/// <reference types="mocha" />
