// Command redis serves Redis in memory for the sandbox's Argo CD: its cache, lost on stop.
// REDIS_PASSWORD in its environment is what clients must authenticate with; unset or empty asks for none.
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	address := flag.String("address", "127.0.0.1:6379", "host:port to listen on")
	flag.Parse()
	server := miniredis.NewMiniRedis()
	if password := os.Getenv("REDIS_PASSWORD"); password != "" {
		server.RequireAuth(password)
	}
	if err := server.StartAddr(*address); err != nil {
		log.Fatalf("redis: listen on %s: %v", *address, err)
	}
	// miniredis has a clock of its own: without this, keys never expire.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}
