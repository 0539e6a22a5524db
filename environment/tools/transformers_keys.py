"""Lists every key that transformers' configurations of the supported families have or read.

    pip install -r environment/tools/requirements.txt
    python environment/tools/transformers_keys.py > kernel-lib/src/test/resources/transformers-keys.tsv

A line is: what has the key, the key, its default as JSON ("-" where there is none). The fields of a
family's class stand under its model_type, those of the base class under "base", keys that common
code asks a configuration for under "read", and the fields of GenerationConfig under "generation".
ConfigKeysTest finds each of them in the table of ConfigKeys.
"""
import dataclasses
import importlib
import inspect
import json
import re

import transformers
from transformers import CONFIG_MAPPING, GenerationConfig, PreTrainedConfig

FAMILIES = ["llama", "qwen3", "phi3", "qwen2", "mistral", "smollm3", "gemma3_text", "olmo2"]
COMMON = ["masking_utils", "cache_utils", "modeling_rope_utils"]
ASKED = re.compile(r'getattr\((?:self\.)?\w*config\w*, "(\w+)"')


def fields(cls):
    """Field and default of a configuration class; keys that it computes from others begin with _."""
    for field in dataclasses.fields(cls):
        if not field.name.startswith("_"):
            default = None if field.default is dataclasses.MISSING else field.default
            yield field.name, json.dumps(default)


def asked(module):
    """Keys that a module reads from a configuration that may lack them."""
    return sorted(set(ASKED.findall(inspect.getsource(importlib.import_module(module)))))


def main():
    print(f"# transformers {transformers.__version__}")
    base = dict(fields(PreTrainedConfig))
    for key, default in sorted(base.items()):
        print("base", key, default, sep="\t")
    for family in FAMILIES:
        cls = CONFIG_MAPPING[family]
        own = {k: d for k, d in fields(cls) if k not in base}
        module = cls.__module__.replace("configuration_", "modeling_")
        own |= {k: "-" for k in asked(module) if k not in own and k not in base}
        for key, default in sorted(own.items()):
            print(family, key, default, sep="\t")
    for module in COMMON:
        for key in asked(f"transformers.{module}"):
            print("read", key, "-", sep="\t")
    for key in sorted(k for k in vars(GenerationConfig()) if not k.startswith("_")):
        print("generation", key, "-", sep="\t")


if __name__ == "__main__":
    main()
