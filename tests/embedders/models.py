"""Tiny models with random weights, saved on the spot, one of each family and form."""

from __future__ import annotations

from pathlib import Path

N_MELS, N_DIMS, N_COLUMNS = 80, 24, 400
WAVES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
         "conv_dim": (12,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
SMALL = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}


def whisper(folder: Path, *, n_mels: int = N_MELS, seed: int = 0) -> Path:
    """A Whisper model in Hugging Face's form, with the windows of `N_COLUMNS` columns."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(seed)
    config = WhisperConfig(
        vocab_size=51_865, d_model=N_DIMS, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=48, max_source_positions=N_COLUMNS // 2,
        num_mel_bins=n_mels, init_std=0.3)
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    return folder


def converted(folder: Path, into: Path) -> Path:
    """The same in CTranslate2's form."""
    import ctranslate2

    from tests.whisper import checkpoint

    checkpoint.write_tokenizer(folder)
    ctranslate2.converters.TransformersConverter(str(folder)).convert(str(into))
    return into


def wav2vec2(folder: Path, *, masked: bool = False) -> Path:
    """wav2vec2; ``masked`` as the larger ones are, which are told what is padding."""
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    config = Wav2Vec2Config(**WAVES, feat_extract_norm="layer" if masked else "group", do_stable_layer_norm=masked)
    return _saved(folder, Wav2Vec2Model(config), Wav2Vec2FeatureExtractor(return_attention_mask=masked))


def hubert(folder: Path) -> Path:
    """HuBERT."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    return _saved(folder, HubertModel(HubertConfig(**WAVES)), Wav2Vec2FeatureExtractor(return_attention_mask=False))


def ast(folder: Path) -> Path:
    """The audio spectrogram transformer, with windows of 1.28 s."""
    from transformers import ASTConfig, ASTFeatureExtractor, ASTModel

    return _saved(folder, ASTModel(ASTConfig(**SMALL, max_length=128)), ASTFeatureExtractor(max_length=128))


def clap(folder: Path) -> Path:
    """CLAP: a half for sound and one for text, in one checkpoint."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    audio = {"hidden_size": 64, "depths": [1, 1], "num_attention_heads": [2, 2], "patch_embeds_hidden_size": 32,
             "num_mel_bins": 64, "projection_dim": 16, "enable_fusion": True}
    text = {**SMALL, "vocab_size": 50}
    config = ClapConfig.from_dict({"audio_config": audio, "text_config": text, "projection_dim": 16})
    return _saved(folder, ClapModel(config), ClapFeatureExtractor(truncation="fusion"))


def bert(folder: Path) -> Path:
    """A model of text: nothing for sounds."""
    from transformers import BertConfig, BertModel

    BertModel(BertConfig(**SMALL, vocab_size=50)).save_pretrained(folder)
    return folder


def _saved(folder: Path, model, extractor) -> Path:
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return folder
