"""Measured runs that the bands are judged by. None of them set a band: those that did are in `SETTING`.

Chosen by rule, not by result: of llm-foundry every BF16 row of 8 or 64 GPUs at 2,048 tokens, and MPT-1B on 8 A100-80GB
and H100 at every other context; of timm the usual sizes of the usual families, channels last; of MLPerf those whose log
says how many samples were seen; of torchtitan and torchtune those of their READMEs.
"""

# mosaicml/llm-foundry, scripts/train/benchmarking/README.md (Apache-2.0): model, context, GPU, how many of them,
# parameters, tokens/s in all.
FOUNDRY = (
    ("MPT-125M", 2_048, "a100", 8, 125_311_488, 1_133_901),
    ("MPT-125M", 2_048, "a100", 8, 125_311_488, 1_142_641),
    ("MPT-350M", 2_048, "a100", 8, 355_985_408, 470_263),
    ("MPT-760M", 2_048, "a100", 8, 760_470_528, 259_472),
    ("MPT-1B", 2_048, "a100", 8, 1_315_950_592, 164_109),
    ("MPT-3B", 2_048, "a100", 8, 2_651_837_440, 86_491),
    ("MPT-13B", 2_048, "a100", 8, 12_853_954_560, 18_097),
    ("MPT-30B", 2_048, "a100", 8, 29_975_214_080, 7_330),
    ("MPT-70B", 2_048, "a100", 64, 64_862_437_376, 26_274),
    ("MPT-125M", 2_048, "a100-40", 8, 125_311_488, 1_090_678),
    ("MPT-350M", 2_048, "a100-40", 8, 355_985_408, 447_963),
    ("MPT-760M", 2_048, "a100-40", 8, 760_470_528, 241_389),
    ("MPT-1B", 2_048, "a100-40", 8, 1_315_950_592, 154_171),
    ("MPT-3B", 2_048, "a100-40", 8, 2_651_837_440, 80_520),
    ("MPT-7B", 2_048, "a100-40", 8, 6_658_859_008, 29_436),
    ("MPT-13B", 2_048, "a100-40", 8, 12_853_954_560, 13_347),
    ("MPT-125M", 2_048, "a100-40", 64, 125_311_488, 8_015_010),
    ("MPT-350M", 2_048, "a100-40", 64, 355_985_408, 3_372_118),
    ("MPT-760M", 2_048, "a100-40", 64, 760_470_528, 1_878_030),
    ("MPT-1B", 2_048, "a100-40", 64, 1_315_950_592, 1_216_104),
    ("MPT-3B", 2_048, "a100-40", 64, 2_651_837_440, 623_167),
    ("MPT-7B", 2_048, "a100-40", 64, 6_658_859_008, 234_614),
    ("MPT-13B", 2_048, "a100-40", 64, 12_853_954_560, 126_479),
    ("MPT-70B", 2_048, "a100-40", 64, 64_862_437_376, 17_672),
    ("MPT-760M", 2_048, "h100", 8, 760_470_528, 505_177),
    ("MPT-1B", 2_048, "h100", 8, 1_315_950_592, 363_645),
    ("MPT-13B", 2_048, "h100", 8, 12_853_954_560, 38_336),
    ("MPT-30B", 2_048, "h100", 8, 29_975_214_080, 16_022),
    ("MPT-1B", 2_048, "h100", 64, 1_315_950_592, 2_841_754),
    ("MPT-3B", 2_048, "h100", 64, 2_651_837_440, 1_441_663),
    ("MPT-13B", 2_048, "h100", 64, 12_853_954_560, 307_209),
    ("MPT-70B", 2_048, "h100", 64, 64_862_437_376, 66_523),
    ("MPT-1B", 512, "a100", 8, 1_312_804_864, 185_186),
    ("MPT-1B", 1_024, "a100", 8, 1_313_853_440, 176_898),
    ("MPT-1B", 4_096, "a100", 8, 1_320_144_896, 142_457),
    ("MPT-1B", 8_192, "a100", 8, 1_328_533_504, 110_516),
    ("MPT-1B", 16_384, "a100", 8, 1_345_310_720, 79_650),
    ("MPT-1B", 32_768, "a100", 8, 1_378_865_152, 50_207),
    ("MPT-1B", 65_536, "a100", 8, 1_445_974_016, 24_353),
    ("MPT-1B", 512, "h100", 8, 1_312_804_864, 418_201),
    ("MPT-1B", 1_024, "h100", 8, 1_313_853_440, 391_287),
    ("MPT-1B", 4_096, "h100", 8, 1_320_144_896, 308_282),
    ("MPT-1B", 8_192, "h100", 8, 1_328_533_504, 233_256),
    ("MPT-1B", 16_384, "h100", 8, 1_345_310_720, 157_194),
    ("MPT-1B", 32_768, "h100", 8, 1_378_865_152, 96_203),
    ("MPT-1B", 65_536, "h100", 8, 1_445_974_016, 44_050),
)

# The same source and form: what `bot.estimates.figures` took its ends from.
SETTING = (
    ("MPT-7B", 2_048, "a100", 8, 6_658_859_008, 37_130),
    ("MPT-7B", 2_048, "h100", 8, 6_658_859_008, 85_144),
    ("MPT-1B", 2_048, "a100-40", 16, 1_315_950_592, 305_372),
    ("MPT-1B", 2_048, "a100-40", 32, 1_315_950_592, 497_782),
)

# huggingface/pytorch-image-models (Apache-2.0), results/benchmark-train-amp-nhwc-pt112-cu113-rtx3090.csv (regnety:
# nchw), images in memory: model, GMACs at 224 pixels (results/benchmark-infer-amp-nchw-pt240-cu124-rtx4090.csv),
# images/s on one RTX 3090.
TIMM = (
    ("resnet18", 1.82, 3481.78),
    ("resnet34", 3.67, 2036.51),
    ("resnet50", 4.11, 1218.01),
    ("resnet101", 7.83, 747.89),
    ("resnet152", 11.56, 501.44),
    ("vit_tiny_patch16_224", 1.26, 2299.56),
    ("vit_small_patch16_224", 4.61, 1057.92),
    ("vit_base_patch16_224", 17.58, 392.99),
    ("vit_large_patch14_224", 81.08, 85.06),
    ("vit_giant_patch14_224", 267.18, 22.32),
    ("convnext_tiny", 4.47, 819.24),
    ("convnext_small", 8.71, 487.15),
    ("convnext_base", 15.38, 338.68),
    ("convnext_large", 34.4, 187.93),
    ("swin_tiny_patch4_window7_224", 4.51, 648.69),
    ("swin_small_patch4_window7_224", 8.77, 400.37),
    ("swin_base_patch4_window7_224", 15.47, 281.0),
    ("swin_large_patch4_window7_224", 34.53, 153.79),
    ("mixer_b16_224", 12.62, 556.6),
    ("beit_base_patch16_224", 17.58, 358.77),
    ("densenet121", 2.87, 913.65),
    ("efficientnet_b0", 0.4, 1751.72),
    ("mobilenetv3_large_100", 0.23, 2732.43),
    ("convnext_xlarge_in22ft1k", 60.98, 116.37),
    ("regnety_160", 15.96, 264.44),
)
# vit_large_patch16_224, 61.6 GMACs, 117.2 images/s, set a band.
SETTING_TIMM = (("vit_large_patch16_224", 61.6, 117.2),)

# EleutherAI's own runs, A100-40GB GPU-hours for 300e9 tokens: Pythia paper, arXiv 2304.01373, table 5, as quoted by
# others (secondary). GPU-hours do not say on how many: the hours are as on 32.
PYTHIA_GPUS = 32
PYTHIA = (
    ("pythia-160m", 1_030),
    ("pythia-410m", 2_540),
    ("pythia-1b", 4_830),
    ("pythia-2.8b", 14_240),
    ("pythia-6.9b", 33_500),
)

# mlcommons/training_results_v4.0 (mean of runs): what, GPU, how many, minutes, parameters or GMACs, tokens or images.
# Llama-2 70B with LoRA: 3,072 samples of 8,192 tokens, by HPE's log; the same is assumed of the others. With FP8.
# ResNet-50: 35 epochs of 1,281,167 images, by HPE's log.
MLPERF_LORA = (
    ("HPE", "h100", 8, 28.05),
    ("Fujitsu", "h100", 4, 59.32),
    ("Juniper, DeepSpeed", "h100", 8, 116.09),
    ("NVIDIA", "h200", 8, 24.69),
)
MLPERF_LORA_TOKENS, MLPERF_LORA_PARAMETERS = 3_072 * 8_192, 68.98e9
MLPERF_RESNET = (
    ("HPE", "h100", 8, 13.62),
    ("Fujitsu", "h100", 4, 25.47),
    ("ASUSTeK", "h100-pcie", 8, 20.74),
    ("Dell", "l40s", 4, 85.96),
)
MLPERF_RESNET_IMAGES, RESNET_GMACS = 35 * 1_281_167, 4.11

# pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md, and pytorch/torchtune, README.md: model, how it is
# trained, GPU, how many, parameters, tokens/s in all, LoRA or not.
OTHERS = (
    ("Llama-3.1 8B", "FSDP", "h100", 8, 8.03e9, 46_096, False),
    ("Llama-3.1 8B", "FSDP, compiled", "h100", 8, 8.03e9, 53_336, False),
    ("Llama-3.1 8B", "full, one GPU", "4090", 1, 8.03e9, 1_650, False),
    ("Llama-3.1 8B", "full, one GPU", "a6000", 1, 8.03e9, 2_579, False),
    ("Llama-3.1 8B", "LoRA", "4090", 1, 8.03e9, 3_083, True),
    ("Llama-3.1 8B", "LoRA", "a6000", 1, 8.03e9, 4_699, True),
    ("Llama-3.1 70B", "LoRA", "a100", 8, 70.6e9, 3_497, True),
    ("Llama-3.1 70B", "full, offloaded", "a100", 8, 70.6e9, 1_568, False),
)
