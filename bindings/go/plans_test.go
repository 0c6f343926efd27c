// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The plans of C, byte for byte. FALCOIR_PLANS is the folder that tests/bindings/plans.py filled.
func TestPlansHaveTheSameBytes(t *testing.T) {
	folder := os.Getenv("FALCOIR_PLANS")
	if folder == "" {
		t.Skip("FALCOIR_PLANS is not set")
	}
	alerts := must(os.ReadFile(filepath.Join(folder, "alerts.ndjson")))(t)
	books, _ := filepath.Glob(filepath.Join(folder, "*.plans"))
	total := 0
	for _, book := range books {
		wanted := must(os.ReadFile(book))(t)
		files, _ := filepath.Glob(strings.TrimSuffix(book, ".plans") + ".[0-9].yaml")
		var before []File
		for _, name := range files[:len(files)-1] {
			before = append(before, File{Name: name})
		}
		p := must(LoadPlaybook(files[len(files)-1], WithFiles(before...)))(t)
		var got bytes.Buffer
		for _, line := range bytes.SplitAfter(must(p.PlanJSON(alerts))(t), []byte("\n")) {
			if !bytes.HasPrefix(line, errorLine) {
				got.Write(line)
			}
		}
		if !bytes.Equal(got.Bytes(), wanted) {
			t.Errorf("%s: other bytes", book)
		}
		plans, err := p.Plan(alerts)
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", book, err)
		}
		got.Reset()
		for _, plan := range plans {
			fmt.Fprintf(&got, "{\"line\":%d,%s\n", plan.Line, plan.JSON[1:])
		}
		if !bytes.Equal(got.Bytes(), wanted) {
			t.Errorf("%s: other bytes of plans", book)
		}
		total += len(plans)
	}
	if total < 100 {
		t.Error(total, "plans")
	}
}
