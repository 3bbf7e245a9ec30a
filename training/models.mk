# How the models that ship are made, from the manifest of packages to the files in indexer/mindgap_indexer/models.
#
# `make models DATA=… BENCH="…"` runs what is not done yet, in order; `make -n models` shows the commands. Each
# target appears whole or not at all, and a training that was stopped continues from its checkpoint: start again.
# What goes into the mixes and the runs of the deep model stands in training/models.toml.
#
# WORK     everything that is made (about 4 GB, the packages' archives not counted)
# DATA     the public sets
# BENCH    folders of code that models are measured with: no function that stands there is learned from
# THREADS  processors that tune the deep model and the cross-encoder

WORK    ?= work
DATA    ?= data
BENCH   ?=
THREADS ?= 2

PACKAGES  := training/corpora.toml
RECIPE    := training/models.toml
QUESTIONS := training/questions
MADE      := $(WORK)/models
TRAIN     := $(BIN)/mindgap train
MIX       = $(TRAIN) mix $(basename $(basename $(@F))) --recipe $(RECIPE) --folder $(WORK) --data $(DATA)

.PHONY: models
models: $(MADE)/static-v1/config.json $(MADE)/deep-v1/config.json $(MADE)/gist-v1/gist.safetensors $(MADE)/ranker-v1.json ## Make the models that ship anew (DATA=… BENCH="…" WORK=…)
	cd $(MADE) && sha256sum static-v1/* deep-v1/* gist-v1/* ranker-v1.json | tee SHA256SUMS

# --- data

$(WORK)/pairs.jsonl.gz: | $(VENV)/.test
	$(TRAIN) mine $(PACKAGES) --out $@ --undocumented $(WORK)/undocumented.jsonl.gz --dev-share 0 \
		$(addprefix --without ,$(BENCH))

$(WORK)/written.jsonl.gz: $(WORK)/pairs.jsonl.gz
	$(TRAIN) ask $< $(QUESTIONS)/written/pairs.jsonl.gz --undocumented $(WORK)/undocumented.jsonl.gz --out $@

$(WORK)/bare.jsonl.gz: $(WORK)/pairs.jsonl.gz
	$(MIX)

$(WORK)/synthetic.jsonl.gz: $(WORK)/bare.jsonl.gz
	$(TRAIN) synth $< --out $@

$(WORK)/first.jsonl.gz: $(WORK)/pairs.jsonl.gz $(WORK)/synthetic.jsonl.gz
	$(MIX)

$(WORK)/second.jsonl.gz: $(WORK)/written.jsonl.gz $(WORK)/first.jsonl.gz
	$(MIX)

$(WORK)/words.jsonl.gz: $(WORK)/written.jsonl.gz $(WORK)/pairs.jsonl.gz
	$(MIX)

$(WORK)/documented.jsonl.gz $(WORK)/wider.jsonl.gz: $(WORK)/pairs.jsonl.gz
	$(MIX)

$(WORK)/told.jsonl.gz: $(WORK)/synthetic.jsonl.gz
	$(MIX)

# --- the instant model

$(WORK)/distilled/config.json: $(WORK)/first.jsonl.gz
	$(BIN)/python -m mindgap_training.distil --model all-MiniLM-L6-v2 --pairs $< --extra-words 19000 --out $(@D)

STATIC := --set loop.batch=1024 --set 'loop.loss.quantised=["bit"]' --set loop.check_every=100 \
	--set loop.patience=100 --set views.name_hidden=0.3

$(WORK)/static-first/config.json: $(WORK)/first.jsonl.gz $(WORK)/distilled/config.json
	$(TRAIN) static $< --start $(WORK)/distilled --out $(@D) $(STATIC) --set loop.steps=1500 \
		--set loop.neighbours=32 --set views.hardening.dropped_shared=0.7 \
		--set views.hardening.paraphrased=0.35 --set views.doc_kept=0.15

$(WORK)/static-second/config.json: $(WORK)/second.jsonl.gz $(WORK)/static-first/config.json
	$(TRAIN) static $< --start $(WORK)/static-first --out $(@D) $(STATIC) --set loop.steps=700 \
		--set loop.learning_rate=5e-4 --set loop.neighbours=16 --set views.hardening.dropped_shared=0.5 \
		--set views.hardening.paraphrased=0.25 --set views.doc_kept=0.25

$(WORK)/static-words/config.json: $(WORK)/words.jsonl.gz $(WORK)/static-second/config.json
	$(TRAIN) words $< --start $(WORK)/static-second --out $(@D)

$(MADE)/static-v1/config.json: $(WORK)/static-words/config.json
	$(TRAIN) export $(WORK)/static-words $(@D)

# --- the deep model

$(WORK)/deep/tuned.safetensors: $(WORK)/written.jsonl.gz $(WORK)/documented.jsonl.gz $(WORK)/wider.jsonl.gz \
		$(WORK)/told.jsonl.gz $(MADE)/static-v1/config.json
	$(TRAIN) deep-runs --recipe $(RECIPE) --folder $(WORK) --data $(DATA) --model $(MADE)/static-v1 \
		--threads $(THREADS) --out $(@D)

$(WORK)/cross/cross.safetensors: $(WORK)/deep/tuned.safetensors
	$(TRAIN) cross --recipe $(RECIPE) --folder $(WORK) --data $(DATA) --deep $(WORK)/deep --share 0.8 \
		--model $(MADE)/static-v1 --threads $(THREADS) --out $(@D)

$(MADE)/deep-v1/config.json: $(WORK)/deep/tuned.safetensors $(WORK)/cross/cross.safetensors
	$(TRAIN) export-deep --run $(WORK)/deep --share 0.8 --cross $(WORK)/cross --out $(@D)

# --- the gist of pseudocode

$(WORK)/gist.jsonl.gz: $(WORK)/synthetic.jsonl.gz
	$(MIX)

$(MADE)/gist-v1/gist.safetensors: $(WORK)/gist.jsonl.gz
	mkdir -p $(@D)
	$(TRAIN) gist $< --out $@

# --- the ranking, over all; of the gist it asks the one that ships

$(WORK)/sources/ready: $(QUESTIONS)/corpora.json $(QUESTIONS)/written/corpora.json | $(VENV)/.test
	$(TRAIN) sources $^ --out $(@D)
	touch $@

$(MADE)/ranker-v1.json: $(WORK)/sources/ready $(MADE)/static-v1/config.json $(MADE)/deep-v1/config.json
	$(TRAIN) ranker $(QUESTIONS)/queries.jsonl $(QUESTIONS)/written/queries.jsonl --sources $(WORK)/sources \
		--model $(MADE)/static-v1 --deep --deep-model $(MADE)/deep-v1 --out $@
