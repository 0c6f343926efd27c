// SPDX-License-Identifier: Apache-2.0

// Batchgo is batch.c in Go: the fastest PlanJSON, and the fastest Plan.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	falcoir "github.com/libfalcoir/libfalcoir/bindings/go"
)

func main() {
	playbook, err := falcoir.LoadPlaybook(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	alerts, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	runs, _ := strconv.Atoi(os.Args[3])
	for _, function := range []func() error{
		func() error { _, err := playbook.PlanJSON(alerts); return err },
		func() error { _, err := playbook.Plan(alerts); return err },
	} {
		var fastest time.Duration
		for i := 0; i < runs; i++ {
			start := time.Now()
			if err := function(); err != nil {
				log.Fatal(err)
			}
			if took := time.Since(start); i == 0 || took < fastest {
				fastest = took
			}
		}
		fmt.Println(fastest.Nanoseconds())
	}
}
