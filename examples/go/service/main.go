// SPDX-License-Identifier: Apache-2.0

// Service takes alerts by HTTP, as Falco's http_output and falcosidekick's webhook send them, and answers them by a playbook.
//
//	TOKEN=… service -listen 127.0.0.1:2801 -playbook playbook.yaml
//	curl -H "Authorization: Bearer $TOKEN" --data-binary @alert.json http://127.0.0.1:2801/
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	falcoir "github.com/libfalcoir/libfalcoir/bindings/go"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:2801", "where alerts come in")
	path := flag.String("playbook", "playbook.yaml", "the playbook")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, *path); err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, listen, path string) error {
	playbook, err := falcoir.LoadPlaybook(path)
	if err != nil {
		return err // all that is wrong with it, with file, line and column
	}
	engine, err := falcoir.NewEngine(playbook, &falcoir.EngineOptions{Env: true})
	if err != nil {
		return err
	}
	defer engine.Close()
	handler, err := engine.Handler(falcoir.HandlerOptions{Bearer: os.Getenv("TOKEN")}) // refuses an empty one
	if err != nil {
		return err
	}
	socket, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = server.Serve(socket) }()
	defer server.Close()
	log.Printf("listening on %s", socket.Addr())
	go report(ctx, engine)
	return engine.Run(ctx)
}

func report(ctx context.Context, engine *falcoir.Engine) {
	for ctx.Err() == nil {
		outcomes, err := engine.Outcomes(ctx)
		for _, o := range outcomes {
			log.Printf("%s: %s of %q, %v", o.Status, o.Use, o.Event.Rule, o.Err)
		}
		if err != nil || len(outcomes) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
