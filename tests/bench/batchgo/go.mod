module batchgo

go 1.19

require github.com/libfalcoir/libfalcoir/bindings/go v0.0.0

replace github.com/libfalcoir/libfalcoir/bindings/go => ../../../bindings/go
