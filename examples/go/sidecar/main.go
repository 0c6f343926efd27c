// SPDX-License-Identifier: Apache-2.0

// Sidecar starts Falco, or whatever writes alerts, reads them from its output, and answers them with a function in Go. When Falco ends,
// what is under way ends first.
//
//	sidecar falco -o json_output=true
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	falcoir "github.com/libfalcoir/libfalcoir/bindings/go"
)

const playbook = `
- rule: Page somebody
  condition: priority >= Critical
  actions:
    - {action: page, use: 'pager:page', parameters: {text: '{{rule}}: {{proc.cmdline | truncate(80)}}'}}
`

var pager = falcoir.ActionType{Name: "pager:page", Effect: "keyed", Notifies: true,
	Parameters: map[string]falcoir.Parameter{"text": {Type: "string", Required: true, Sink: "text"}}}

// page is where a pager's API would be called: by call.Do, so that other actions go on meanwhile.
func page(_ context.Context, call falcoir.Call) (falcoir.Result, error) {
	fmt.Printf("page %.8s: %s\n", call.ActionID, call.Text("text"))
	return falcoir.Result{}, nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	p, err := falcoir.ParsePlaybook("sidecar.yaml", playbook, falcoir.WithTypes(pager))
	check(err)
	engine, err := falcoir.NewEngine(p, nil)
	check(err)
	check(engine.RegisterAction("pager:page", page))
	falco := exec.Command(os.Args[1], os.Args[2:]...)
	falco.Stderr = os.Stderr
	output, err := falco.StdoutPipe()
	check(err)
	check(falco.Start())
	answer(engine, output)
	for more := true; more; {
		more, err = engine.Poll(context.Background(), time.Second)
		check(err)
	}
	check(falco.Wait())
}

// answer submits each alert as soon as it is there.
func answer(engine *falcoir.Engine, output io.Reader) {
	reader, err := falcoir.NewReader(output)
	check(err)
	for {
		_, line, err := reader.Next()
		if err == io.EOF {
			return
		} else if err != nil {
			log.Printf("line %d: %v", line, err) // it costs itself, and nothing else
			continue
		}
		_, err = engine.Submit(reader.Text())
		check(err)
		_, err = engine.Poll(context.Background(), 0)
		check(err)
	}
}
