"""Language models: train on text, measure perplexity, generate, look at memory.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.tasks.lm.arpa import write_arpa
    from gradus.tasks.lm.cache import CacheConfig, cached_surprisals
    from gradus.tasks.lm.cache_tuning import CacheTuning, tune_cache
    from gradus.tasks.lm.generation import Generation, generate
    from gradus.tasks.lm.generation_settings import GenerationConfig
    from gradus.tasks.lm.loading import load_language_model
    from gradus.tasks.lm.memory import MemoryConfig, MemoryReport, measure_memory
    from gradus.tasks.lm.model import LanguageModel
    from gradus.tasks.lm.neural import NeuralLanguageModel
    from gradus.tasks.lm.ngram import NgramModel
    from gradus.tasks.lm.ngram_settings import NgramConfig
    from gradus.tasks.lm.perplexity import Perplexity
    from gradus.tasks.lm.presets import preset_settings
    from gradus.tasks.lm.settings import LanguageModelConfig
    from gradus.tasks.lm.spelling import EncodedText, Spelling
    from gradus.tasks.lm.surprisal import ScoredText, TokenSurprisal, token_surprisals
    from gradus.tasks.lm.training import train_language_model

#: Where each public name is defined.
HOMES = {
    "CacheConfig": "gradus.tasks.lm.cache",
    "CacheTuning": "gradus.tasks.lm.cache_tuning",
    "EncodedText": "gradus.tasks.lm.spelling",
    "Generation": "gradus.tasks.lm.generation",
    "GenerationConfig": "gradus.tasks.lm.generation_settings",
    "LanguageModel": "gradus.tasks.lm.model",
    "LanguageModelConfig": "gradus.tasks.lm.settings",
    "MemoryConfig": "gradus.tasks.lm.memory",
    "MemoryReport": "gradus.tasks.lm.memory",
    "NeuralLanguageModel": "gradus.tasks.lm.neural",
    "NgramConfig": "gradus.tasks.lm.ngram_settings",
    "NgramModel": "gradus.tasks.lm.ngram",
    "Perplexity": "gradus.tasks.lm.perplexity",
    "ScoredText": "gradus.tasks.lm.surprisal",
    "Spelling": "gradus.tasks.lm.spelling",
    "TokenSurprisal": "gradus.tasks.lm.surprisal",
    "cached_surprisals": "gradus.tasks.lm.cache",
    "generate": "gradus.tasks.lm.generation",
    "load_language_model": "gradus.tasks.lm.loading",
    "measure_memory": "gradus.tasks.lm.memory",
    "preset_settings": "gradus.tasks.lm.presets",
    "token_surprisals": "gradus.tasks.lm.surprisal",
    "train_language_model": "gradus.tasks.lm.training",
    "tune_cache": "gradus.tasks.lm.cache_tuning",
    "write_arpa": "gradus.tasks.lm.arpa",
}

__all__ = [
    "CacheConfig",
    "CacheTuning",
    "EncodedText",
    "Generation",
    "GenerationConfig",
    "LanguageModel",
    "LanguageModelConfig",
    "MemoryConfig",
    "MemoryReport",
    "NeuralLanguageModel",
    "NgramConfig",
    "NgramModel",
    "Perplexity",
    "ScoredText",
    "Spelling",
    "TokenSurprisal",
    "cached_surprisals",
    "generate",
    "load_language_model",
    "measure_memory",
    "preset_settings",
    "token_surprisals",
    "train_language_model",
    "tune_cache",
    "write_arpa",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
