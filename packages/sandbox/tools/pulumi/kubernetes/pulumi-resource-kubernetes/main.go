// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its module. The module's own command
// embeds a schema that is generated before a release; this one reads the schema that lies beside the program.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// Set by the linker: the version of the npm package whose resources the program registers.
var version string

func main() {
	program, err := os.Executable()
	if err != nil {
		fail(err)
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(program), "..", "data", "kubernetes-schema.json"))
	if err != nil {
		fail(err)
	}
	provider.Serve("kubernetes", version, schema, nil)
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "pulumi-resource-kubernetes: %v\n", err)
	os.Exit(1)
}
