// Validates signatures with the European Commission's DSS, in one JVM.
//
//     signatures.py OUT | java -cp <class path of pom.xml> Judge.java [OPTION…] ANCHOR.pem…
//
//     --tsa ANCHOR.pem     an anchor for time-stamps (each PEM file may hold several certificates)
//     --revocation FOLDER  its *.crl and *.ocsp, beside what is inside the signatures
//
// Reads lines `SIGNATURE <tab> CONTENT`. Each signature must be one CAdES-BASELINE signature, intact and valid,
// with a chain to an anchor, under DSS's default policy for AdES, as of its signing time, or where there are
// time-stamps or revocation data as of the last of them; every time-stamp in it must hold. With revocation data of
// the signer's authority, given or inside, it must be TOTAL_PASSED; where there is none to be had, INDETERMINATE is
// accepted for that one reason. Prints a count for each verdict. Some are offered again with a changed byte and must
// be TOTAL_FAILED.

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.signature.AdvancedSignature;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.RevocationToken;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;

public class Judge {
    static final String NO_REVOCATION_DATA = "BBB_XCV_IRDPFC_ANS";
    /** What DSS adds above any open question on a certificate. */
    static final String NOT_CONCLUSIVE = "BBB_XCV_SUB_ANS";

    final CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
    List<DSSDocument> crls = new ArrayList<>();
    List<DSSDocument> ocsps = new ArrayList<>();
    /** The authorities of which a CRL was given. */
    Set<X500Principal> listed = new HashSet<>();
    Date newest;

    public static void main(String[] args) throws Exception {
        Judge judge = new Judge();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--tsa" -> judge.trust(args[++i]);
                case "--revocation" -> judge.read(Path.of(args[++i]));
                default -> judge.trust(args[i]);
            }
        }
        List<String[]> pairs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines().map(line -> line.split("\t")).toList();
        System.exit(judge.all(pairs) ? 0 : 1);
    }

    void trust(String file) throws Exception {
        DSSUtils.loadCertificateFromP7c(Files.newInputStream(Path.of(file))).forEach(anchors::addCertificate);
    }

    void read(Path folder) throws Exception {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path path : entries.sorted().toList()) {
                byte[] bytes = Files.readAllBytes(path);
                DSSDocument document = new InMemoryDocument(bytes, path.getFileName().toString());
                if (path.toString().endsWith(".crl")) {
                    crls.add(document);
                    X509CRL crl = (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(bytes));
                    newest = later(newest, crl.getThisUpdate());
                    listed.add(crl.getIssuerX500Principal());
                } else if (path.toString().endsWith(".ocsp")) {
                    ocsps.add(document);
                }
            }
        }
    }

    static Date later(Date a, Date b) {
        return a == null || b != null && b.after(a) ? b : a;
    }

    boolean all(List<String[]> pairs) throws Exception {
        int failed = 0;
        int offered = 0;
        int every = Math.max(1, pairs.size() / 12);
        Map<String, Integer> verdicts = new TreeMap<>();
        for (int i = 0; i < pairs.size(); i++) {
            String name = pairs.get(i)[0];
            DSSDocument signature = new FileDocument(new File(name));
            Reports reports = validate(signature, new FileDocument(new File(pairs.get(i)[1])));
            SimpleReport simple = reports.getSimpleReport();
            String id = simple.getFirstSignatureId();
            verdicts.merge(verdict(simple, id) + " " + simple.getSignatureFormat(id), 1, Integer::sum);
            String fault = fault(reports, hasEvidence(signature));
            if (fault != null) {
                System.out.println(name + ": " + fault);
                failed++;
            }
            if (i % every == 0) {
                offered++;
                byte[] data = Files.readAllBytes(Path.of(pairs.get(i)[1]));
                data[data.length / 2] ^= 1;
                SimpleReport forged = validate(signature, new InMemoryDocument(data, "form.pdf")).getSimpleReport();
                if (forged.getIndication(forged.getFirstSignatureId()) != Indication.TOTAL_FAILED) {
                    System.out.println(name + ": not TOTAL_FAILED with a changed content");
                    failed++;
                }
            }
        }
        System.out.println(verdicts);
        System.out.println("dss: " + pairs.size() + " signatures, " + offered + " forgeries offered, " + failed + " failed");
        return failed == 0 && !pairs.isEmpty();
    }

    Reports validate(DSSDocument signature, DSSDocument content) {
        // No fetching: neither of revocation data nor of issuers.
        CertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.addTrustedCertSources(anchors);
        verifier.setAIASource(null);
        if (!crls.isEmpty()) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(crls.toArray(new DSSDocument[0])));
        }
        if (!ocsps.isEmpty()) {
            verifier.setOcspSource(new ExternalResourcesOCSPSource(ocsps.toArray(new DSSDocument[0])));
        }
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(signature);
        validator.setCertificateVerifier(verifier);
        validator.setDetachedContents(List.of(content));
        if (!validator.getSignatures().isEmpty()) {
            validator.setValidationTime(time(validator.getSignatures().get(0)));
        }
        return validator.validateDocument();
    }

    /** Whether the signer's authority said anything about revocation, here or inside the signature. */
    boolean hasEvidence(DSSDocument document) {
        List<AdvancedSignature> signatures = SignedDocumentValidator.fromDocument(document).getSignatures();
        return !ocsps.isEmpty() || signatures.stream().anyMatch(signature ->
                !signature.getCompleteCRLSource().getSources().stream().allMatch(s -> s.getAllRevocationTokens().isEmpty())
                        || !signature.getCompleteOCSPSource().getSources().stream().allMatch(s -> s.getAllRevocationTokens().isEmpty())
                        || signature.getCertificates().stream().anyMatch(c -> listed.contains(c.getIssuer().getPrincipal())));
    }

    /** The signing time, or that of the last revocation data or time-stamp if it is later. */
    Date time(AdvancedSignature signature) {
        Date time = later(signature.getSigningTime(), newest);
        for (var source : signature.getCompleteCRLSource().getSources()) {
            for (RevocationToken<?> crl : source.getAllRevocationTokens()) {
                time = later(time, crl.getThisUpdate());
            }
        }
        for (var source : signature.getCompleteOCSPSource().getSources()) {
            for (RevocationToken<?> ocsp : source.getAllRevocationTokens()) {
                time = later(time, ocsp.getProductionDate());
            }
        }
        for (var stamp : signature.getAllTimestamps()) {
            time = later(time, stamp.getGenerationTime());
        }
        return time;
    }

    /** What DSS holds against a signature; null when nothing, or no more than missing revocation data. */
    String fault(Reports reports, boolean evidence) {
        SimpleReport report = reports.getSimpleReport();
        if (report.getSignaturesCount() != 1) {
            return report.getSignaturesCount() + " signatures in one file";
        }
        String id = report.getFirstSignatureId();
        DiagnosticData data = reports.getDiagnosticData();
        SignatureWrapper signature = data.getSignatureById(id);
        String format = String.valueOf(report.getSignatureFormat(id));
        List<Message> errors = report.getAdESValidationErrors(id);
        boolean undetermined = !evidence
                && !format.matches("CAdES-BASELINE-LTA?")
                && report.getIndication(id) == Indication.INDETERMINATE
                && errors.stream().anyMatch(e -> e.getKey().equals(NO_REVOCATION_DATA))
                && errors.stream().allMatch(e -> e.getKey().equals(NO_REVOCATION_DATA) || e.getKey().equals(NOT_CONCLUSIVE));
        boolean held = signature.isSignatureIntact() && signature.isSignatureValid() && signature.isTrustedChain();
        boolean stamped = signature.getTimestampList().stream().allMatch(Judge::holds);
        boolean baseline = format.startsWith("CAdES-BASELINE-");
        if (held && stamped && baseline && (undetermined || report.getIndication(id) == Indication.TOTAL_PASSED)) {
            return null;
        }
        return verdict(report, id) + " " + format + ", intact " + signature.isSignatureIntact() + ", valid "
                + signature.isSignatureValid() + ", trusted " + signature.isTrustedChain() + ", time-stamps " + stamped + ": "
                + reasons(report, id);
    }

    static boolean holds(TimestampWrapper stamp) {
        return stamp.isMessageImprintDataFound() && stamp.isMessageImprintDataIntact() && stamp.isSignatureIntact()
                && stamp.isSignatureValid() && stamp.isTrustedChain();
    }

    static String reasons(SimpleReport report, String id) {
        List<Message> errors = report.getAdESValidationErrors(id);
        return errors.stream().map(e -> e.getKey() + " " + e.getValue()).collect(Collectors.joining("; "));
    }

    static String verdict(SimpleReport report, String id) {
        SubIndication why = report.getSubIndication(id);
        return report.getIndication(id) + (why == null ? "" : "/" + why);
    }
}
